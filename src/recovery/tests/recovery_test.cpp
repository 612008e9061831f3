#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "recovery/process_folder.h"
#include "replayed_blocks.h"
#include "victim.h"
#include "victim_counts.h"
#include "victim_story.h"

namespace micromegas::recovery {
namespace {

using State = ProcessFolder::State;

/// Blocks of a stream follow each other, and their times too.
void check_order(const ReplayedBlocks& replayed) {
  std::map<StreamId, std::vector<const ReplayedBlocks::Block*>> streams;
  for (const auto& block : replayed.blocks()) {
    if (!block.events.empty()) streams[block.stream.stream_id].push_back(&block);
  }
  for (auto& [id, blocks] : streams) {
    std::sort(blocks.begin(), blocks.end(),
              [](auto* a, auto* b) { return a->object_offset < b->object_offset; });
    for (std::size_t i = 1; i < blocks.size(); ++i) {
      const auto& before = *blocks[i - 1];
      CHECK(blocks[i]->object_offset ==
            before.object_offset + static_cast<std::int64_t>(before.events.size()));
      CHECK(blocks[i]->begin == before.end);
    }
  }
}

void check_spans(const ReplayedBlocks& replayed) {
  std::map<std::uint64_t, const ReplayedBlocks::Event*> begins;
  std::map<std::string, int> open;
  int never_ended = 0;
  for (const auto& block : replayed.blocks()) {
    for (const auto& event : block.events) {
      if (event.type == "BeginAsyncSpanEvent") begins[event.span_id] = &event;
      if (event.name == "never ends") never_ended += event.type == "BeginThreadSpanEvent" ? 1 : -9;
    }
  }
  CHECK(never_ended == VictimReport::kThreads);
  for (const auto& [id, begin] : begins) {
    if (begin->name == "parent") CHECK(begin->parent_span_id == 0);
    if (begin->name != "child") continue;
    REQUIRE(begins.contains(begin->parent_span_id));
    CHECK(begins[begin->parent_span_id]->name == "parent");
    CHECK(begin->depth == 1);
  }
}

void check_mark(const ReplayedBlocks& replayed) {
  int marks = 0;
  for (const auto& block : replayed.blocks()) {
    if (block.stream.kind != tracing::StreamKind::kCrash) continue;
    ++marks;
    CHECK(block.stream.properties.front() ==
          std::pair<std::string, std::string>("crashed", "true"));
    for (const auto& other : replayed.blocks()) CHECK(other.end <= block.end);
  }
  CHECK(marks == 1);
}

TEST_CASE("a process that is killed leaves every event of every thread", "[recovery]") {
  std::minstd_rand random(7);
  for (int i = 0; i < 10; ++i) {
    Victim victim("kill", "hold");
    victim.wait_until_busy();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    victim.kill();
    CHECK(victim.wait_for_death() == SIGKILL);
    const ReplayedBlocks replayed = replay_of(victim.process_folder());
    check_counts(victim, replayed);
    check_properties_of_messages(replayed);
    check_story(victim, replayed);
    check_order(replayed);
    check_spans(replayed);
    check_mark(replayed);
  }
}

TEST_CASE("what has arrived before the end and what is recovered make the whole", "[recovery]") {
  std::minstd_rand random(11);
  for (int i = 0; i < 10; ++i) {
    Victim victim("kill", "deliver");
    victim.wait_until_busy();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    victim.kill();
    victim.wait_for_death();
    const ReplayedBlocks replayed = replay_of(victim.process_folder());
    check_counts(victim, replayed);
    check_properties_of_messages(replayed);
    check_mark(replayed);
  }
}

TEST_CASE("a crash of the program itself leaves as much", "[recovery]") {
  const auto [how, signal] = GENERATE(std::pair("segv", SIGSEGV), std::pair("abort", SIGABRT));
  Victim victim(how, "hold");
  CHECK(victim.wait_for_death() == signal);
  const ReplayedBlocks replayed = replay_of(victim.process_folder());
  check_counts(victim, replayed);
  check_properties_of_messages(replayed);
  check_story(victim, replayed);
  check_spans(replayed);
}

TEST_CASE("the living are left alone, the dead can be recovered again and again", "[recovery]") {
  Victim victim("kill", "hold");
  victim.wait_until_busy();
  {
    ProcessFolder folder(victim.process_folder());
    CHECK(folder.open() == State::kInUse);
  }
  victim.kill();
  victim.wait_for_death();

  const ReplayedBlocks first = replay_of(victim.process_folder());
  const ReplayedBlocks second = replay_of(victim.process_folder());
  CHECK(first.process().process_id == second.process().process_id);
  CHECK(first.process().exe.ends_with("recovery_victim"));
  REQUIRE(first.blocks().size() == second.blocks().size());
  for (std::size_t i = 0; i < first.blocks().size(); ++i) {
    CHECK(first.blocks()[i].stream.stream_id == second.blocks()[i].stream.stream_id);
    CHECK(first.blocks()[i].object_offset == second.blocks()[i].object_offset);
    CHECK(first.blocks()[i].objects == second.blocks()[i].objects);
    CHECK(first.blocks()[i].dependencies == second.blocks()[i].dependencies);
  }

  ProcessFolder folder(victim.process_folder());
  REQUIRE(folder.open() == State::kDead);
  folder.remove();
  CHECK(processes_in(victim.crash_folder()).empty());
}

}  // namespace
}  // namespace micromegas::recovery
