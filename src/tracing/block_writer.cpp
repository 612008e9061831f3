#include "tracing/block_writer.h"

#include <algorithm>

#include <micromegas/detail/record.h>

#include "tracing/record_walk.h"

namespace micromegas::tracing {
namespace {

using detail::AsyncSpanRecord;
using detail::RecordKind;
using detail::SpanRecord;

transit::SpanOutcome outcome_of(RecordKind end) noexcept {
  switch (end) {
    case RecordKind::kEndAsyncSpanError:
      return transit::SpanOutcome::kError;
    case RecordKind::kEndAsyncSpanCancelled:
      return transit::SpanOutcome::kCancelled;
    default:
      return transit::SpanOutcome::kOk;
  }
}

bool is_thread_span(RecordKind kind) noexcept {
  return kind == RecordKind::kBeginThreadSpan || kind == RecordKind::kEndThreadSpan;
}

/// Completes a block, whose times and kind are set, with what `encoder` holds: the next events of
/// `stream`.
template <class Stream, class Encoder>
void close(Stream& stream, const Encoder& encoder, ClosedBlock& block) noexcept {
  block.stream_id = stream.stream_id;
  block.object_offset = stream.nb_events;
  block.nb_objects = encoder.nb_objects();
  block.dependencies = encoder.dependencies();
  block.objects = encoder.objects();
  stream.block_end = block.end;
  stream.nb_events += block.nb_objects;
}

}  // namespace

std::size_t BlockWriter::pending_bytes(const RegisteredThread& thread) noexcept {
  const Chunk* last = Chunk::of(thread.seen_cursor);
  std::size_t bytes = 0;
  std::byte* from = thread.read_to;
  for (Chunk* chunk = thread.oldest; chunk != last; from = chunk->begin()) {
    bytes += static_cast<std::size_t>(chunk->end - from);
    chunk = chunk->next.load(std::memory_order_relaxed);
  }
  return bytes + static_cast<std::size_t>(thread.seen_cursor - from);
}

bool BlockWriter::write(RegisteredThread& thread, const TickConverter& clock,
                        std::size_t max_object_bytes, ClosedBlock& block) noexcept {
  encoder_.clear();
  details_.clear();
  if (thread.nb_events == 0) thread.block_end = clock.convert(thread.first_ticks);
  Ticks begin = thread.block_end;
  Ticks end = begin;
  bool first = true;
  const Chunk* last = Chunk::of(thread.seen_cursor);
  for (;;) {
    const bool full = thread.oldest != last;
    const std::byte* stop = full ? thread.oldest->end : thread.seen_cursor;
    while (thread.read_to < stop && encoder_.objects().size() < max_object_bytes &&
           details_.object_bytes() < max_object_bytes) {
      const SpanRecord& front = front_of(thread.read_to);
      if (is_message(kind_of(front))) {
        thread.read_to += size_of_record(front);
        continue;
      }
      Ticks time = clock.convert(front.ticks);
      // The first event of a thread may have been read before the thread registered.
      if (thread.nb_events == 0 && first) begin = std::min(begin, time);
      time = std::max(time, first ? begin : end);
      if (write_record(thread.read_to, time)) {
        end = time;
        first = false;
      } else {
        ++lost_events_;
      }
      thread.read_to += size_of_record(front);
    }
    if (!full || thread.read_to < stop) break;
    thread.oldest = thread.oldest->next.load(std::memory_order_relaxed);
    thread.read_to = thread.oldest->begin();
    thread.chunks_read.fetch_add(1, std::memory_order_relaxed);
  }
  begin_ = begin;
  end_ = end;
  if (encoder_.nb_objects() == 0) return false;

  block.begin = begin;
  block.end = end;
  block.kind = StreamKind::kThread;
  close(thread, encoder_, block);
  return true;
}

bool BlockWriter::write_details(RegisteredThread& thread, ClosedBlock& block) noexcept {
  const transit::AsyncDetailEncoder& encoder = details_.encoder();
  if (encoder.nb_objects() == 0) return false;
  ThreadStream& stream = thread.details;
  block.begin = stream.nb_events == 0 ? begin_ : stream.block_end;
  block.end = end_;
  block.kind = StreamKind::kAsyncDetail;
  close(stream, encoder, block);
  return true;
}

bool BlockWriter::write_record(const std::byte* record, Ticks time) noexcept {
  const SpanRecord& front = front_of(record);
  if (AsyncDetailWriter::writes(kind_of(front))) return details_.write(record, time);
  const Site* site = sites_.find(front.site);
  if (site == nullptr) return false;
  const transit::CallSite& place = site->call_site;
  const bool named = site->location != 0;
  const RecordKind kind = kind_of(front);
  if (is_thread_span(kind)) {
    if (kind == RecordKind::kBeginThreadSpan) {
      return named ? encoder_.begin_thread_named_span(place, site->run_time_name, time)
                   : encoder_.begin_thread_span(place, time);
    }
    return named ? encoder_.end_thread_named_span(place, site->run_time_name, time)
                 : encoder_.end_thread_span(place, time);
  }
  const auto& async = *reinterpret_cast<const AsyncSpanRecord*>(record);
  const transit::AsyncSpanIds ids{async.span_id, async.parent_span_id,
                                  front.kind_and_depth >> detail::kKindBits};
  if (kind == RecordKind::kBeginAsyncSpan) {
    return named ? encoder_.begin_async_named_span(place, site->run_time_name, ids, time)
                 : encoder_.begin_async_span(place, ids, time);
  }
  const transit::SpanOutcome outcome = outcome_of(kind);
  return named ? encoder_.end_async_named_span(place, site->run_time_name, ids, time, outcome)
               : encoder_.end_async_span(place, ids, time, outcome);
}

}  // namespace micromegas::tracing
