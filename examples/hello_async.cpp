#include <cstdio>
#include <string>
#include <utility>

#include <micromegas/micromegas.h>

using micromegas::Task;

Task<int> count_letters(std::string word) {
  MM_CO_SPAN_FUNCTION();
  co_return static_cast<int>(word.size());
}

Task<int> count_all() {
  MM_CO_SPAN("count all");
  const int one = co_await count_letters("nanoseconds");
  const int two = co_await count_letters("per span");
  co_return one + two;
}

int main() {
  const micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
  Task<int> task = count_all();
  task.start();
  std::printf("%d\n", task.result());
}
