// How fast a block is written and read, and how that compares with decompressing it.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "transit/block_reader.h"
#include "transit/thread_block_encoder.h"
#include "wire/lz4_frame.h"

namespace micromegas {
namespace {

using transit::AsyncSpanIds;
using transit::BlockReader;
using transit::CallSite;
using transit::Member;
using transit::StreamPlan;
using transit::ThreadBlockEncoder;

constexpr std::size_t kEvents = std::size_t{64} << 10;
constexpr int kRounds = 40;

struct Event {
  const CallSite* site;
  AsyncSpanIds ids;
  Ticks time;
  bool begin;
};

/// Async spans of 40 call sites, three deep; the gaps between events are log-normal with a median
/// of 2 us, in ticks of a nanosecond.
class Recording {
 public:
  Recording() {
    for (std::size_t i = 0; i < kSites; ++i) {
      names_.push_back("shop::service::operation_" + std::to_string(i));
    }
    for (std::size_t i = 0; i < kSites; ++i) {
      sites_.push_back({names_[i], "shop", "shop::service", "src/service.cpp",
                        static_cast<std::uint32_t>(10 + 7 * i), 3});
    }
    std::mt19937_64 random(20'261'122);
    std::lognormal_distribution<double> gap(std::log(2000.0), 1.0);
    std::int64_t now = 7'974'137'461'668;
    std::uint64_t next_id = 1;
    while (events_.size() < kEvents) {
      std::array<AsyncSpanIds, 3> open{};
      std::array<const CallSite*, 3> sites{};
      for (std::uint32_t depth = 0; depth < 3; ++depth) {
        open[depth] = {next_id++, depth == 0 ? 0 : open[depth - 1].span_id, depth};
        sites[depth] = &sites_[random() % kSites];
        now += static_cast<std::int64_t>(gap(random));
        events_.push_back({sites[depth], open[depth], {now}, true});
      }
      for (std::uint32_t depth = 3; depth-- > 0;) {
        now += static_cast<std::int64_t>(gap(random));
        events_.push_back({sites[depth], open[depth], {now}, false});
      }
    }
    events_.resize(kEvents);
  }

  const std::vector<Event>& events() const { return events_; }

 private:
  static constexpr std::size_t kSites = 40;

  std::vector<std::string> names_;
  std::vector<CallSite> sites_;
  std::vector<Event> events_;
};

/// The best of several rounds: what the code can do, not what else ran on the machine.
template <class Work>
double best_seconds(Work&& work) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    best = std::min(best, taken.count());
  }
  return best;
}

void encode(const Recording& recording, ThreadBlockEncoder& encoder) {
  encoder.clear();
  for (const Event& event : recording.events()) {
    if (event.begin) {
      encoder.begin_async_span(*event.site, event.ids, event.time);
    } else {
      encoder.end_async_span(*event.site, event.ids, event.time);
    }
  }
}

/// What a view reads of an event.
struct AsyncMembers {
  const Member* site = nullptr;
  const Member* span_id = nullptr;
  const Member* parent_span_id = nullptr;
  const Member* depth = nullptr;
  const Member* time = nullptr;
};

/// A sum over all that was read, so that none of it is left out.
std::uint64_t decode(const StreamPlan& plan, BlockReader& reader, ByteView dependencies,
                     ByteView objects) {
  std::array<AsyncMembers, 256> types{};
  for (std::size_t i = 0; i < plan.nb_event_types(); ++i) {
    types[i] = {plan.find_member(i, "span_desc"), plan.find_member(i, "span_id"),
                plan.find_member(i, "parent_span_id"), plan.find_member(i, "depth"),
                plan.find_member(i, "time")};
  }
  std::uint64_t sum = 0;
  reader.open(plan, dependencies, objects);
  while (reader.next()) {
    const auto& event = reader.event();
    const AsyncMembers& members = types[event.type_index()];
    sum += event.dependency(*members.site).ordinal() + event.u64(*members.span_id) +
           event.u64(*members.parent_span_id) + event.u32(*members.depth) +
           event.u64(*members.time);
  }
  return sum;
}

int run() {
  const Recording recording;
  ThreadBlockEncoder encoder;
  const double encode_seconds = best_seconds([&] { encode(recording, encoder); });

  const ByteView dependencies = encoder.dependencies();
  const ByteView objects = encoder.objects();
  const Bytes frame = wire::compress_frame(objects, wire::kFastLz4);
  const Bytes dependencies_frame = wire::compress_frame(dependencies, wire::kFastLz4);
  Bytes content;
  const double lz4_seconds = best_seconds([&] {
    wire::decompress_frame(dependencies_frame, content);
    wire::decompress_frame(frame, content);
  });

  const StreamPlan plan(transit::thread_stream_types().dependencies,
                        transit::thread_stream_types().objects);
  BlockReader reader;
  std::uint64_t sum = 0;
  const double decode_seconds =
      best_seconds([&] { sum += decode(plan, reader, dependencies, objects); });
  if (reader.nb_visited() != kEvents) return 1;

  const auto rate = [](double seconds) { return static_cast<double>(kEvents) / seconds; };
  std::printf(
      "{\"bench\":\"transit_encode\",\"events_per_s\":%.0f,\"bytes_per_event\":%.1f,"
      "\"compressed_bytes_per_event\":%.1f,\"compared_to\":\"goal 20000000\",\"ratio\":%.2f}\n",
      rate(encode_seconds), static_cast<double>(objects.size()) / kEvents,
      static_cast<double>(frame.size()) / kEvents, rate(encode_seconds) / 20e6);
  std::printf(
      "{\"bench\":\"transit_decode\",\"events_per_s\":%.0f,\"compared_to\":\"lz4_decompress of "
      "the same block\",\"ratio\":%.2f,\"checksum\":%llu}\n",
      rate(decode_seconds), decode_seconds / lz4_seconds, static_cast<unsigned long long>(sum));
  std::printf("{\"bench\":\"lz4_decompress\",\"events_per_s\":%.0f,\"mb_per_s\":%.0f}\n",
              rate(lz4_seconds), static_cast<double>(objects.size()) / lz4_seconds / 1e6);
  return 0;
}

}  // namespace
}  // namespace micromegas

int main() { return micromegas::run(); }
