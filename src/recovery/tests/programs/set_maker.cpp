// Makes sets of properties on a few threads, from before it records, and a log with each; then it
// dies.
//
//     recovery_set_maker <crash folder> <file of its VictimReport> <how it dies> <logs per thread>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <micromegas/log.h>

#include "recovery/tests/programs/die.h"
#include "recovery/tests/set_of_log.h"
#include "recovery/tests/victim_report.h"
#include "tracing/recorder.h"

namespace {

using micromegas::PropertySet;
using micromegas::recovery::kSetsBefore;
using micromegas::recovery::value_of_log;
using micromegas::recovery::VictimReport;
namespace tracing = micromegas::tracing;

struct HoldingSink final : tracing::EventSink {
  void on_process(const tracing::ProcessDescription&) noexcept override {}
  void on_stream(const tracing::StreamDescription&) noexcept override {}
  void on_block(const tracing::ClosedBlock& block) noexcept override {
    held.push_back(block.evidence);
  }
  void drain(std::chrono::steady_clock::time_point) noexcept override {}

  std::vector<std::shared_ptr<const void>> held;
};

PropertySet set_of(std::string_view text) {
  const std::string value = value_of_log(text);
  return {{"of", value}};
}

void log_with(PropertySet set, std::string_view text, std::atomic<std::uint64_t>& logs) {
  MM_LOG_INFO_WITH(set, "{}", text);
  logs.store(logs.load() + 1);
}

/// `logs` count once it records; what was logged before is nowhere.
void work(std::size_t number, const std::atomic<bool>& records, std::uint64_t nb_logs,
          std::atomic<std::uint64_t>& logs) {
  // Few enough, until somebody records, that the sets of the main thread stay.
  constexpr std::uint64_t kMostBefore = 3000;
  std::uint64_t made = 0;
  while (!records.load())
    set_of(std::to_string(number) + ' ' + std::to_string(made++ % kMostBefore));
  while (logs.load() < nb_logs) {
    const std::string text = std::to_string(number) + ' ' + std::to_string(made++);
    log_with(set_of(text), text, logs);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  VictimReport* mapped = VictimReport::map(argv[2]);
  if (mapped == nullptr) return 2;
  VictimReport& report = *mapped;
  const std::uint64_t nb_logs = std::strtoull(argv[4], nullptr, 10);

  std::vector<PropertySet> before;
  before.reserve(kSetsBefore);
  for (std::uint64_t i = 0; i < kSetsBefore; ++i) {
    before.push_back(set_of("before " + std::to_string(i)));
  }
  std::atomic<bool> records{false};
  std::vector<std::thread> threads;
  threads.reserve(VictimReport::kThreads);
  for (std::size_t i = 1; i < VictimReport::kThreads; ++i) {
    threads.emplace_back(work, i, std::cref(records), nb_logs, std::ref(report.logs[i]));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  tracing::RecorderOptions options;
  options.crash_folder = argv[1];
  options.block_bytes = 16 * 1024;
  options.flush_period = std::chrono::milliseconds(5);
  tracing::Recorder recorder(options, std::make_unique<HoldingSink>());
  records.store(true);
  for (std::uint64_t i = 0; i < kSetsBefore; ++i) {
    log_with(before[i], "before " + std::to_string(i), report.logs[0]);
  }
  for (std::thread& thread : threads) thread.join();
  micromegas::recovery::die(argv[3]);
}
