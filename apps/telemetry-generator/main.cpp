// Makes spans that hop between threads and sends them to an ingestion server.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <CLI/CLI.hpp>

#include <micromegas/start.h>

#include "worker_pool.h"
#include "workload.h"

namespace {

constexpr const char* kExamples = R"(
Examples:
  Four threads, 100 tasks, to a server on this machine (start one: micromegas serve):
    MICROMEGAS_TELEMETRY_URL=http://127.0.0.1:9000 telemetry-generator
  A live process for half a minute, 200 tasks a second:
    telemetry-generator --duration 30 --rate 200
  A million spans in blocks of 256 KiB, as fast as they go:
    telemetry-generator --spans 1000000 --leaves 97 --gap-ns 0 --block-bytes 262144

The URL comes from MICROMEGAS_TELEMETRY_URL, the key from MICROMEGAS_INGESTION_API_KEY.
Exit codes: 0 all delivered; 1 something was lost, or the server was not reached; 2 wrong options.)";

struct Options {
  micromegas::generator::WorkloadOptions workload;
  std::size_t threads = 4;
  std::size_t spans = 0;
  double duration_seconds = 0;
  std::int64_t gap_ns = 200'000;
  micromegas::TelemetryOptions telemetry;
};

void declare(CLI::App& program, Options& options) {
  auto& workload = options.workload;
  program.add_option("--threads", options.threads, "Worker threads that tasks hop between")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  auto* tasks = program.add_option("--tasks", workload.tasks, "Tasks to run")
                    ->check(CLI::Range(1, 1'000'000'000))
                    ->capture_default_str();
  program
      .add_option("--spans", options.spans, "Run as many tasks as it takes to make this many spans")
      ->excludes(tasks);
  program
      .add_option("--depth", workload.depth, "Nested spans of a task; each hops to the next thread")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  program
      .add_option("--leaves", workload.leaves,
                  "Spans within the innermost one that stay on their thread")
      ->capture_default_str();
  program
      .add_option("--names", workload.names,
                  "Distinct run-time names of leaves (0: one static name)")
      ->capture_default_str();
  program
      .add_option("--rate", workload.tasks_per_second, "Tasks per second (0: as fast as it goes)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  program
      .add_option("--duration", options.duration_seconds,
                  "Seconds to make tasks for, instead of --tasks")
      ->check(CLI::NonNegativeNumber)
      ->excludes(tasks);
  program
      .add_option("--gap-ns", options.gap_ns,
                  "Median length of a leaf in nanoseconds (log-normal; 0: none)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  program.add_option("--seed", workload.seed, "Of the random lengths")->capture_default_str();
  program
      .add_option("--block-bytes", options.telemetry.block_bytes, "Size at which a block is closed")
      ->check(CLI::Range(1024, 64 << 20))
      ->capture_default_str();
  program
      .add_option("--compression-level", options.telemetry.compression_level,
                  "LZ4 level, 0 (fast) to 12")
      ->check(CLI::Range(0, 12))
      ->capture_default_str();
  program.footer(kExamples);
}

/// What came of it, one `key=value` each; 0 when all of it arrived.
int report(const std::string& process_id, std::size_t tasks, std::size_t spans, double seconds,
           const micromegas::TelemetryStatistics& statistics) {
  std::printf("process_id=%s\n", process_id.c_str());
  const std::uint64_t lost_events = statistics.dropped_events + statistics.dropped_request_events;
  std::printf(
      "tasks=%zu spans=%zu events=%llu blocks=%llu blocks_sent=%llu bytes_sent=%llu "
      "dropped_events=%llu seconds=%.3f\n",
      tasks, spans, static_cast<unsigned long long>(statistics.events),
      static_cast<unsigned long long>(statistics.blocks),
      static_cast<unsigned long long>(statistics.blocks_sent),
      static_cast<unsigned long long>(statistics.bytes_sent),
      static_cast<unsigned long long>(lost_events), seconds);
  const bool lost = statistics.dropped_events > 0 || statistics.dropped_requests > 0 ||
                    statistics.blocks_sent != statistics.blocks;
  if (!lost) return EXIT_SUCCESS;
  std::fprintf(
      stderr, "telemetry-generator: not all of it arrived: %llu of %llu blocks%s%s\n",
      static_cast<unsigned long long>(statistics.blocks_sent),
      static_cast<unsigned long long>(statistics.blocks),
      statistics.last_error.empty() ? "" : "; last error: ", statistics.last_error.c_str());
  std::fprintf(stderr,
               "Is a server listening at MICROMEGAS_TELEMETRY_URL? Start one: micromegas serve\n");
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program(
      "telemetry-generator: spans that hop between threads, for tests and first steps");
  Options options;
  declare(program, options);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? EXIT_SUCCESS : 2;
  }
  auto& workload = options.workload;
  workload.median_gap = std::chrono::nanoseconds(options.gap_ns);
  workload.duration =
      std::chrono::nanoseconds(static_cast<std::int64_t>(options.duration_seconds * 1e9));
  if (options.spans > 0) {
    workload.tasks = (options.spans + workload.spans_per_task() - 1) / workload.spans_per_task();
  }
  options.telemetry.cpu_tracing = true;
  options.telemetry.buffer_bytes = std::size_t{256} << 20;
  options.telemetry.queue_bytes = std::size_t{512} << 20;
  options.telemetry.drain_timeout = std::chrono::seconds(30);

  micromegas::TelemetryGuard telemetry(options.telemetry);
  if (!telemetry.recording()) {
    std::fprintf(
        stderr,
        "telemetry-generator: nothing to send to: set MICROMEGAS_TELEMETRY_URL, for instance "
        "to http://127.0.0.1:9000\n");
    return 2;
  }
  const std::string process_id = telemetry.process_id();
  const auto begin = std::chrono::steady_clock::now();
  std::size_t tasks = 0;
  {
    micromegas::generator::WorkerPool pool(options.threads);
    tasks = run_workload(pool, workload);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  const auto statistics = telemetry.stop();
  return report(process_id, tasks, tasks * workload.spans_per_task(), taken.count(), statistics);
}
