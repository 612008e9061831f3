// Sets of properties that come and go while a process records.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "replayed_blocks.h"
#include "set_of_log.h"
#include "victim.h"

namespace micromegas::recovery {
namespace {

/// The logs of a `recovery_set_maker`, in order of time.
std::vector<ReplayedBlocks::Event> logs_of(const Victim& victim) {
  const ReplayedBlocks replayed = replay_of(victim.process_folder());
  std::vector<const ReplayedBlocks::Block*> blocks;
  for (const auto& block : replayed.blocks()) {
    if (block.stream.kind == tracing::StreamKind::kLog) blocks.push_back(&block);
  }
  std::sort(blocks.begin(), blocks.end(),
            [](auto* a, auto* b) { return a->object_offset < b->object_offset; });
  std::vector<ReplayedBlocks::Event> logs;
  for (const auto* block : blocks) {
    logs.insert(logs.end(), block->events.begin(), block->events.end());
  }
  return logs;
}

std::uint64_t counted_by(const VictimReport& report) {
  std::uint64_t logs = 0;
  for (const auto& of_thread : report.logs) logs += of_thread;
  return logs;
}

std::string properties_of(const ReplayedBlocks::Event& log) {
  return "of=" + value_of_log(log.name);
}

TEST_CASE("sets that were made before the recording, and while it began, are not lost",
          "[recovery]") {
  for (int i = 0; i < 10; ++i) {
    Victim victim("abort", "300", "recovery_set_maker");
    REQUIRE(victim.wait_for_death() == SIGABRT);
    const auto logs = logs_of(victim);
    CHECK(logs.size() == counted_by(victim.report()));
    std::uint64_t before = 0;
    for (const auto& log : logs) {
      before += log.name.starts_with("before ") ? 1 : 0;
      CHECK(log.properties == properties_of(log));
    }
    CHECK(before == kSetsBefore);
  }
}

/// Checks that no log bears another's set, and that the latest ones have theirs.
void check_logs(const std::vector<ReplayedBlocks::Event>& logs) {
  // No cell of any size is taken twice while so many sets are made, however they are used.
  constexpr std::size_t kLatest = 2000;
  // A set was made behind the log that its thread made before.
  std::map<char, std::size_t> log_before;
  std::size_t wrong = 0;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const bool gone = logs[i].properties.empty();
    if (!gone && logs[i].properties != properties_of(logs[i])) ++wrong;
    if (logs[i].name.starts_with("before ")) continue;
    const auto before = log_before.insert({logs[i].name.front(), 0}).first;
    const bool is_late = std::exchange(before->second, i) + kLatest >= logs.size();
    if (is_late && gone) ++lost;
  }
  CHECK(lost == 0);
  CHECK(wrong == 0);
}

TEST_CASE("of more sets than are kept the latest are not lost, and no event bears another's",
          "[recovery]") {
  Victim victim("abort", "40000", "recovery_set_maker");
  REQUIRE(victim.wait_for_death() == SIGABRT);
  const auto logs = logs_of(victim);
  CHECK(logs.size() == counted_by(victim.report()));
  check_logs(logs);
}

TEST_CASE("a process that is killed while it makes sets leaves whole ones", "[recovery]") {
  std::minstd_rand random(13);
  for (int i = 0; i < 10; ++i) {
    Victim victim("kill", "1000000000", "recovery_set_maker");
    victim.wait_until_busy(kSetsBefore);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    victim.kill();
    REQUIRE(victim.wait_for_death() == SIGKILL);
    const auto logs = logs_of(victim);
    CHECK(logs.size() >= counted_by(victim.report()));
    CHECK(logs.size() <= counted_by(victim.report()) + VictimReport::kThreads);
    check_logs(logs);
  }
}

}  // namespace
}  // namespace micromegas::recovery
