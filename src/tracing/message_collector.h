#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <micromegas/metric.h>

#include "tracing/event_sink.h"
#include "tracing/message_stream.h"
#include "tracing/thread_registry.h"
#include "tracing/tick_converter.h"

namespace micromegas::tracing {

/// The collector's half that is about logs and metrics. Threads record them among their spans, but
/// they belong to two streams of the whole process:
///
///     chunks of all threads --take_from--> records of one stream, by time --next_block--> blocks
///
/// So each look at the threads takes the messages out of all of them, as far as it has seen; the
/// chunks can go when their spans are read. One thread at a time.
class MessageCollector {
 public:
  MessageCollector(const SiteTable& sites, PropertyTable& properties) noexcept
      : logs_(sites, properties), metrics_(sites, properties) {}

  void start(Ticks start) noexcept;

  /// A stream whose id is given, and that goes on after so many events.
  void start_logs(Ticks start, StreamId stream_id, std::int64_t nb_events) noexcept {
    logs_.start(start, stream_id, nb_events);
  }
  void start_metrics(Ticks start, StreamId stream_id, std::int64_t nb_events) noexcept {
    metrics_.start(start, stream_id, nb_events);
  }

  /// Takes what the latest look found. True: there is nothing in the thread's chunks, from where
  /// its spans are read next up to there, but what was taken now.
  bool take_from(RegisteredThread& thread, const TickConverter& clock) noexcept;

  /// Tells the sink of the logs that were taken since the last call.
  void tell_logs(EventSink& sink) noexcept { logs_.tell_new(sink); }

  /// Takes a metric of our own.
  void take_own(MetricSite& site, std::uint64_t value, Ticks time) noexcept;

  bool block_is_due(std::size_t block_bytes) const noexcept {
    return logs_.pending_bytes() >= block_bytes || metrics_.pending_bytes() >= block_bytes;
  }

  /// The next block of what was taken, whose stream `stream` describes. False: there is none left.
  /// Call it until then.
  bool next_block(std::size_t block_bytes, ClosedBlock& block, StreamDescription& stream) noexcept;

  // What `next_block` has made, and what was lost, since these were asked for.

  std::uint64_t take_events() noexcept { return std::exchange(events_, 0); }
  std::uint64_t take_lost() noexcept { return std::exchange(lost_, 0); }

 private:
  bool take(const std::byte* record, std::size_t bytes, Ticks time) noexcept;
  template <class Spelling>
  bool next_block(MessageStream<Spelling>& stream, std::size_t block_bytes, ClosedBlock& block,
                  StreamDescription& description) noexcept;

  MessageStream<LogSpelling> logs_;
  MessageStream<MetricSpelling> metrics_;
  std::uint64_t events_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace micromegas::tracing
