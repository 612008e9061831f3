// A plugin that records with the instrumentation of the program that loads it.
#define MICROMEGAS_TARGET "plugin"
#include <string>

#include <micromegas/micromegas.h>

extern "C" void record_in_plugin(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    MM_SPAN("in a plugin");
    const micromegas::AsyncSpan async(MM_SITE("async in a plugin"));
    MM_NAMED_SPAN(std::string("named in a plugin"));
  }
}
