#include "victim_story.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace micromegas::recovery {
namespace {

/// The properties that thread `number` hands down in its round `round`.
std::string handed_down(const std::string& number, std::uint64_t round) {
  return "thread=" + number + " round=" + std::to_string(round % VictimReport::kSets);
}

struct ThreadAndRound {
  char thread;  ///< Its digit.
  std::uint64_t round;
};

/// Reads `thread 3 in round 17`, or with another `format` of a digit, a number and a length.
std::optional<ThreadAndRound> read(const std::string& text, const char* format) {
  char thread[2] = {};
  unsigned long long round = 0;
  int length = -1;
  std::sscanf(text.c_str(), format, thread, &round, &length);
  if (length < 0 || static_cast<std::size_t>(length) != text.size()) return std::nullopt;
  return ThreadAndRound{thread[0], round};
}

bool is_of_all(const std::string& properties) {
  return read(properties, "thread=%1[0-9] round=%llu%n").has_value();
}

/// What is said of the spans of each thread, in the order of their blocks.
std::array<std::vector<const ReplayedBlocks::Event*>, VictimReport::kThreads> details_by_thread(
    const ReplayedBlocks& replayed) {
  std::map<std::pair<std::size_t, std::int64_t>, const ReplayedBlocks::Block*> blocks;
  for (const auto& block : replayed.blocks()) {
    if (block.stream.kind != tracing::StreamKind::kAsyncDetail) continue;
    blocks[{block.number_of_thread(), block.object_offset}] = &block;
  }
  std::array<std::vector<const ReplayedBlocks::Event*>, VictimReport::kThreads> details;
  for (const auto& [where, block] : blocks) {
    for (const auto& event : block->events) details.at(where.first).push_back(&event);
  }
  return details;
}

}  // namespace

void check_properties_of_messages(const ReplayedBlocks& replayed) {
  for (const auto& block : replayed.blocks()) {
    const bool messages = block.stream.kind == tracing::StreamKind::kLog ||
                          block.stream.kind == tracing::StreamKind::kMetrics;
    if (!messages) continue;
    for (const auto& event : block.events) {
      CAPTURE(event.name, event.properties);
      std::string expected = event.properties;
      if (const auto log = read(event.name, "thread %1[0-9] in round %llu%n")) {
        expected = handed_down(std::string(1, log->thread), log->round);
        expected.insert(expected.find(' '), " step=log");
      } else if (event.name == "share") {
        const std::string step = " step=metric";
        REQUIRE(expected.find(step) != std::string::npos);
        expected.erase(expected.find(step), step.size());
        CHECK(is_of_all(expected));
        continue;
      } else {
        CHECK((event.name == "fifty done" || event.name == "round"));
        CHECK(is_of_all(expected));
      }
      CHECK(event.properties == expected);
    }
  }
}

void check_story(const Victim& victim, const ReplayedBlocks& replayed) {
  std::map<std::uint64_t, std::string> names;
  std::map<std::uint64_t, std::uint32_t> outcomes;
  for (const auto& block : replayed.blocks()) {
    for (const auto& event : block.events) {
      if (event.type == "BeginAsyncSpanEvent") names[event.span_id] = event.name;
      if (event.type == "EndAsyncSpanEvent") outcomes[event.span_id] = event.outcome;
    }
  }
  const auto details = details_by_thread(replayed);
  for (std::size_t number = 0; number < details.size(); ++number) {
    std::uint64_t request = 0;
    for (std::size_t i = 0; i < details[number].size(); ++i) {
      const ReplayedBlocks::Event& event = *details[number][i];
      const std::uint64_t round = i / 4;
      CAPTURE(number, round, event.type);
      switch (i % 4) {
        case 0:
          CHECK(event.type == "AsyncSpanPropertiesEvent");
          CHECK(event.properties == handed_down(std::to_string(number), round));
          request = event.span_id;
          CHECK(names[event.span_id] == "request");
          break;
        case 1:
          CHECK(event.type == "AsyncSpanSuspendEvent");
          CHECK(names[event.span_id] == "waits");
          CHECK(event.name.find("wait_for") != std::string::npos);
          CHECK(event.file.ends_with("programs/victim.cpp"));
          CHECK(event.line == victim.report().await_line);
          break;
        case 2:
          CHECK(event.type == "AsyncSpanResumeEvent");
          CHECK(event.span_id == details[number][i - 1]->span_id);
          break;
        default:
          CHECK(event.type == "AsyncSpanErrorEvent");
          CHECK(event.span_id == request);
          CHECK(event.name == "round " + std::to_string(round) + " is never enough");
          // The end may be what was not recorded any more.
          if (i + 1 < details[number].size()) CHECK(outcomes[request] == 1);
      }
    }
  }
}

}  // namespace micromegas::recovery
