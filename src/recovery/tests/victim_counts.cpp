#include "victim_counts.h"

#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include <catch2/catch.hpp>

namespace micromegas::recovery {
namespace {

using tracing::StreamKind;

/// Events of one kind of stream, thread by thread; those of the process's streams under thread 0.
using PerThread = std::array<std::uint64_t, VictimReport::kThreads>;

bool is_of_threads(StreamKind kind) {
  return kind == StreamKind::kThread || kind == StreamKind::kAsyncDetail;
}

/// What was delivered and what is replayed; a block that is both counts once.
PerThread find(const VictimReport& report, const ReplayedBlocks& replayed, StreamKind kind) {
  struct Found {
    std::size_t thread;
    std::uint64_t events;
  };
  std::map<std::pair<StreamId, std::int64_t>, Found> blocks;
  for (const auto& block : replayed.blocks()) {
    if (block.stream.kind != kind) continue;
    const std::size_t thread = is_of_threads(kind) ? block.number_of_thread() : 0;
    const std::pair id(block.stream.stream_id, block.object_offset);
    CHECK(blocks.insert({id, {thread, block.events.size()}}).second);
  }
  for (std::uint64_t i = 0; i < report.nb_blocks; ++i) {
    const VictimReport::Block& block = report.blocks[i];
    if (block.kind != kind) continue;
    blocks[{StreamId{{block.stream_id}}, block.object_offset}] = {
        block.thread, static_cast<std::uint64_t>(block.nb_objects)};
  }
  PerThread found{};
  for (const auto& [id, block] : blocks) found.at(block.thread) += block.events;
  return found;
}

void check_kind(const Victim& victim, const ReplayedBlocks& replayed, StreamKind kind,
                const VictimReport::PerThread& counts) {
  PerThread counted{};
  for (std::size_t i = 0; i < counted.size(); ++i)
    counted[is_of_threads(kind) ? i : 0] += counts[i];
  const std::uint64_t not_counted = is_of_threads(kind) ? 1 : VictimReport::kThreads;
  const PerThread found = find(victim.report(), replayed, kind);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i, static_cast<int>(kind));
    CHECK(found[i] >= counted[i]);
    CHECK(found[i] <= counted[i] + not_counted);
  }
}

}  // namespace

void check_counts(const Victim& victim, const ReplayedBlocks& replayed) {
  const VictimReport& report = victim.report();
  check_kind(victim, replayed, StreamKind::kThread, report.events);
  check_kind(victim, replayed, StreamKind::kAsyncDetail, report.details);
  check_kind(victim, replayed, StreamKind::kLog, report.logs);
  check_kind(victim, replayed, StreamKind::kMetrics, report.metrics);
}

}  // namespace micromegas::recovery
