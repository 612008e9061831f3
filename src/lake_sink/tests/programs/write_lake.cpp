// Records 20 spans, a block each, to where MICROMEGAS_TELEMETRY_URL says. Its exit status says
// whether they were all stored.
#include <micromegas/micromegas.h>

int main() {
  micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
  for (int i = 0; i < 20; ++i) {
    const micromegas::AsyncSpan span(MM_SITE("span"));
    telemetry.flush();
  }
  const micromegas::TelemetryStatistics statistics = telemetry.stop();
  return statistics.events == 40 && statistics.blocks_sent == statistics.blocks ? 0 : 1;
}
