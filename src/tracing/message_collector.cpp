#include "tracing/message_collector.h"

#include <algorithm>

#include <micromegas/detail/message_record.h>

#include "tracing/record_walk.h"

namespace micromegas::tracing {

void MessageCollector::start(Ticks start) noexcept {
  logs_.start(start);
  metrics_.start(start);
}

bool MessageCollector::take_from(RegisteredThread& thread, const TickConverter& clock) noexcept {
  if (thread.messages_chunk == nullptr) {
    thread.messages_chunk = thread.oldest;
    thread.messages_read_to = thread.read_to;
  }
  // Nothing older waits for its spans to be read.
  bool only_messages = thread.messages_read_to == thread.read_to;
  Chunk* const last = Chunk::of(thread.seen_cursor);
  // Counted before they are written: so many there are at least, as far as was seen.
  if (thread.messages.load(std::memory_order_relaxed) == thread.messages_taken) {
    only_messages = only_messages && thread.messages_read_to == thread.seen_cursor;
    thread.messages_chunk = last;
    thread.messages_read_to = thread.seen_cursor;
    return only_messages;
  }
  for (;;) {
    const bool full = thread.messages_chunk != last;
    const std::byte* const stop = full ? thread.messages_chunk->end : thread.seen_cursor;
    while (thread.messages_read_to < stop) {
      const std::byte* record = thread.messages_read_to;
      const detail::SpanRecord& front = front_of(record);
      const std::size_t bytes = size_of_record(front);
      thread.messages_read_to += bytes;
      if (!is_message(kind_of(front))) {
        only_messages = false;
        continue;
      }
      ++thread.messages_taken;
      if (!take(record, bytes, clock.convert(front.ticks))) ++lost_;
    }
    if (!full) return only_messages;
    thread.messages_chunk = thread.messages_chunk->next.load(std::memory_order_relaxed);
    thread.messages_read_to = thread.messages_chunk->begin();
  }
}

void MessageCollector::take_own(MetricSite& site, std::uint64_t value, Ticks time) noexcept {
  const std::int32_t number = SiteTable::instance().number(site, {.name = site.name(),
                                                                  .target = site.target(),
                                                                  .module_path = site.unit(),
                                                                  .file = site.file(),
                                                                  .line = site.line()});
  if (number <= 0) return;
  constexpr std::uint32_t kKindAndSize =
      static_cast<std::uint32_t>(detail::RecordKind::kIntegerMetric) |
      static_cast<std::uint32_t>(sizeof(detail::MetricRecord)) << detail::kKindBits;
  const detail::MetricRecord record{{0, kKindAndSize, number}, value, 0, 0};
  take(reinterpret_cast<const std::byte*>(&record), sizeof record, time);
}

bool MessageCollector::take(const std::byte* record, std::size_t bytes, Ticks time) noexcept {
  return kind_of(front_of(record)) == detail::RecordKind::kLog ? logs_.take(record, bytes, time)
                                                               : metrics_.take(record, bytes, time);
}

bool MessageCollector::next_block(std::size_t block_bytes, ClosedBlock& block,
                                  StreamDescription& stream) noexcept {
  return next_block(logs_, block_bytes, block, stream) ||
         next_block(metrics_, block_bytes, block, stream);
}

template <class Spelling>
bool MessageCollector::next_block(MessageStream<Spelling>& stream, std::size_t block_bytes,
                                  ClosedBlock& block, StreamDescription& description) noexcept {
  while (stream.pending_bytes() > 0) {
    std::uint64_t lost = 0;
    const bool any = stream.write(std::max<std::size_t>(1, block_bytes), block, lost);
    lost_ += lost;
    if (!any) continue;
    events_ += static_cast<std::uint64_t>(block.nb_objects);
    description = {stream.stream_id(), Spelling::kKind, {}};
    return true;
  }
  return false;
}

}  // namespace micromegas::tracing
