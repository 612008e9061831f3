#include <micromegas/micromegas.h>

// A plugin, loaded and unloaded at run time. Its spans belong to the program's.
extern "C" __attribute__((visibility("default"))) int redeem(int price) {
  const micromegas::AsyncSpan redeeming(MM_SITE("redeem"));
  MM_SPAN("look up");
  return price - 2;
}
