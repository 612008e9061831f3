#include <cstdlib>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include <micromegas/micromegas.h>

#include "loopback_server.h"
#include "transit/block_reader.h"
#include "wire/lz4_frame.h"
#include "wire/messages.h"

// The whole way of an application's events, seen from the server.

namespace micromegas::sink {
namespace {

/// How many events of each type a posted block holds, read as a server would.
std::map<std::string, int> count_events(const wire::BlockMessage& block,
                                        const wire::StreamInfo& stream) {
  Bytes dependencies;
  Bytes objects;
  wire::decompress_frame(block.payload.dependencies, dependencies);
  wire::decompress_frame(block.payload.objects, objects);
  const transit::StreamPlan plan(stream.dependencies_metadata, stream.objects_metadata);
  transit::BlockReader reader;
  reader.open(plan, dependencies, objects);
  std::map<std::string, int> counts;
  while (reader.next()) ++counts[std::string(reader.event().type_name())];
  return counts;
}

TEST_CASE("a program's spans arrive as one process, its streams and their blocks", "[http_sink]") {
  LoopbackServer server;
  TelemetryGuard telemetry({.url = server.url(), .cpu_tracing = true});
  REQUIRE(telemetry.recording());
  const std::string process_id = telemetry.process_id();
  {
    AsyncSpan span(MM_SITE("here"));
  }
  std::thread([] { AsyncSpan span(MM_SITE("there")); }).join();
  const TelemetryStatistics statistics = telemetry.stop();
  CHECK(statistics.events == 4);
  CHECK(statistics.blocks == 2);
  CHECK(statistics.blocks_sent == 2);
  CHECK(statistics.requests_sent == 5);
  CHECK(statistics.dropped_events + statistics.dropped_requests == 0);

  const auto processes = server.requests_to("/ingestion/insert_process");
  REQUIRE(processes.size() == 1);
  const wire::ProcessInfo process = wire::decode_process(processes[0].body);
  CHECK(process.process_id.to_string() == process_id);
  CHECK(process.tsc_frequency == 1'000'000'000);
  CHECK(process.start_time.ns % 1000 == 0);

  std::map<std::string, wire::StreamInfo> streams;
  for (const auto& request : server.requests_to("/ingestion/insert_stream")) {
    const wire::StreamInfo stream = wire::decode_stream(request.body);
    CHECK(stream.process_id == process.process_id);
    CHECK(stream.tags == std::vector<std::string>{"cpu"});
    streams[stream.stream_id.to_string()] = stream;
  }
  CHECK(streams.size() == 2);

  const auto blocks = server.requests_to("/ingestion/insert_block");
  REQUIRE(blocks.size() == 2);
  for (const auto& request : blocks) {
    const wire::BlockMessage block = wire::decode_block(request.body);
    REQUIRE(streams.contains(block.info.stream_id.to_string()));
    CHECK(block.info.process_id == process.process_id);
    CHECK(block.info.nb_objects == 2);
    CHECK(block.info.object_offset == 0);
    // Ticks of blocks are relative to the process's start, and are nanoseconds.
    CHECK(block.info.begin_ticks.value >= 0);
    CHECK(block.info.begin_time.ns == process.start_time.ns + block.info.begin_ticks.value);
    CHECK(block.info.end_time.ns == process.start_time.ns + block.info.end_ticks.value);
    CHECK(block.info.begin_ticks <= block.info.end_ticks);
    const auto counts = count_events(block, streams.at(block.info.stream_id.to_string()));
    CHECK(counts ==
          std::map<std::string, int>{{"BeginAsyncSpanEvent", 1}, {"EndAsyncSpanEvent", 1}});
  }
}

TEST_CASE("coroutines on many threads generate events in many streams", "[http_sink]") {
  LoopbackServer server;
  TelemetryGuard telemetry({.url = server.url(), .cpu_tracing = true});
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      const auto work = []() -> Task<> {
        MM_CO_SPAN("work");
        co_return;
      };
      for (int j = 0; j < 10; ++j) {
        Task<> task = work();
        task.start();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const TelemetryStatistics statistics = telemetry.stop();
  CHECK(statistics.events == 60);
  CHECK(server.requests_to("/ingestion/insert_stream").size() == 3);
}

TEST_CASE("an application whose server is away runs on and ends soon", "[http_sink]") {
  TelemetryGuard telemetry({.url = url_of_nobody(), .cpu_tracing = true, .block_bytes = 16 * 1024});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20'000; ++i) {
    MM_SPAN("unheard");
  }
  const TelemetryStatistics statistics = telemetry.stop();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  CHECK(statistics.blocks_sent == 0);
  CHECK(statistics.dropped_requests > 0);
  // And perhaps some of our own, which say so.
  CHECK(statistics.dropped_events + statistics.dropped_request_events >= 40'000);
  CHECK(statistics.dropped_events + statistics.dropped_request_events < 40'020);
  CHECK_FALSE(statistics.last_error.empty());
}

TEST_CASE("without a URL nothing is recorded, and everything may be called", "[http_sink]") {
  ::unsetenv("MICROMEGAS_TELEMETRY_URL");
  TelemetryGuard telemetry({.cpu_tracing = true});
  CHECK_FALSE(telemetry.recording());
  CHECK(telemetry.process_id().empty());
  {
    MM_SPAN("not recorded");
  }
  telemetry.flush();
  CHECK(telemetry.stop().events == 0);
}

TEST_CASE("the process names its parent and becomes that of its children", "[http_sink]") {
  const std::string parent = ProcessId::random().to_string();
  ::setenv("MICROMEGAS_TELEMETRY_PARENT_PROCESS", parent.c_str(), 1);
  LoopbackServer server;
  TelemetryGuard telemetry({.url = server.url()});
  CHECK(std::getenv("MICROMEGAS_TELEMETRY_PARENT_PROCESS") == telemetry.process_id());
  telemetry.stop();
  ::unsetenv("MICROMEGAS_TELEMETRY_PARENT_PROCESS");

  const auto processes = server.requests_to("/ingestion/insert_process");
  REQUIRE(processes.size() == 1);
  const wire::ProcessInfo process = wire::decode_process(processes[0].body);
  REQUIRE(process.parent_process_id);
  CHECK(process.parent_process_id->to_string() == parent);
  // CPU tracing is off unless somebody asks for it.
  CHECK(server.requests().size() == 1);
}

}  // namespace
}  // namespace micromegas::sink
