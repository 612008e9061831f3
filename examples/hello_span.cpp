#include <cstdio>

#include <micromegas/micromegas.h>

int add_up(int limit) {
  MM_SPAN_FUNCTION();
  int sum = 0;
  for (int i = 1; i <= limit; ++i) sum += i;
  return sum;
}

int main() {
  const micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
  std::printf("%d\n", add_up(100));
}
