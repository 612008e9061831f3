#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <micromegas/log.h>
#include <micromegas/start.h>

#include "loopback_server.h"
#include "stderr_pipe.h"

// What a program says of its own recording.

namespace micromegas::sink {
namespace {

/// What a program prints that logs one line; `statistics` of its end.
std::string said_with(const TelemetryOptions& options, TelemetryStatistics& statistics) {
  Pipe pipe;
  {
    const StderrInto pipe_is_stderr(pipe);
    TelemetryGuard telemetry(options);
    MM_LOG_INFO("something to send");
    statistics = telemetry.stop();
    telemetry.stop();
  }
  return pipe.read();
}

TEST_CASE("settings that make no sense are told when a recording starts, or does not", "[start]") {
  ::unsetenv("MICROMEGAS_TELEMETRY_URL");
  ::setenv("MICROMEGAS_CONSOLE", "loud", 1);
  ::setenv("MICROMEGAS_SPANS", "maybe", 1);
  const std::string console =
      "micromegas: MICROMEGAS_CONSOLE: 'loud' is no level: fatal, error, warn, info, debug, trace, "
      "off\n";
  TelemetryStatistics statistics;
  CHECK(said_with({}, statistics) == console);
  LoopbackServer server;
  CHECK(said_with({.url = server.url()}, statistics) ==
        console +
            "micromegas: MICROMEGAS_SPANS: 'maybe' is no switch: true, 1, on, false, 0, off\n");
  CHECK(statistics.events == 1);
  ::unsetenv("MICROMEGAS_CONSOLE");
  ::unsetenv("MICROMEGAS_SPANS");
}

TEST_CASE("a recording of which nothing arrived says so once, at its end", "[start]") {
  TelemetryStatistics statistics;
  SECTION("the server is away") {
    const std::string said = said_with({.url = url_of_nobody()}, statistics);
    const std::string lost = std::to_string(statistics.dropped_requests);
    CHECK(said == "micromegas: " + lost + " requests lost: " + statistics.last_error + "\n");
    CHECK(statistics.dropped_requests >= 3);  // The process, a stream and a block.
  }
  SECTION("the server wants none of it") {
    LoopbackServer server([](const ReceivedRequest&, int) { return 401u; });
    CHECK(said_with({.url = server.url()}, statistics)
              .ends_with(" requests lost: HTTP status 401 (MICROMEGAS_INGESTION_API_KEY)\n"));
  }
  SECTION("the server does not answer in time") {
    LoopbackServer server([](const ReceivedRequest&, int) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return 200u;
    });
    CHECK(
        said_with({.url = server.url(), .drain_timeout = std::chrono::milliseconds(20)}, statistics)
            .ends_with(" requests lost: no answer\n"));
  }
  SECTION("but not where some arrived") {
    LoopbackServer server([](const ReceivedRequest& request, int) {
      return request.path.ends_with("block") ? 400u : 200u;
    });
    CHECK(said_with({.url = server.url()}, statistics).empty());
    CHECK(statistics.dropped_requests > 0);
  }
}

TEST_CASE("what is recorded, our own metrics of losses among it, is sent or lost", "[start]") {
  bool refused = false;
  LoopbackServer server([&](const ReceivedRequest& request, int) {
    if (refused || !request.path.ends_with("block")) return 200u;
    refused = true;  // Of the log; the metrics tell of it.
    return 400u;
  });
  TelemetryGuard telemetry({.url = server.url()});
  MM_LOG_INFO("refused");
  telemetry.flush();
  while (telemetry.statistics().dropped_requests == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const TelemetryStatistics statistics = telemetry.stop();
  CHECK(statistics.dropped_request_events == 1);
  CHECK(statistics.events == 3);  // The log and two metrics.
  CHECK(statistics.events_sent == 2);
}

}  // namespace
}  // namespace micromegas::sink
