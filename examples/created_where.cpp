#include <cstdio>

#include <micromegas/micromegas.h>

using micromegas::Task;
using micromegas::traced;

Task<int> fetch(int id) {
  MM_CO_SPAN("fetch");
  co_return id;
}

Task<int> fetch_both() {
  MM_CO_SPAN("fetch both");
  // Created before the wrapper: a sibling of it.
  const int one = co_await traced(MM_SITE("wrapper"), fetch(1));
  // Created inside: a child of the wrapper.
  const int two = co_await traced(MM_SITE("wrapper"), [] { return fetch(2); });
  co_return one + two;
}

int main() {
  const micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
  Task<int> task = fetch_both();
  task.start();
  std::printf("%d\n", task.result());
}
