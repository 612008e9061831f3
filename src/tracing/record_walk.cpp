#include "tracing/record_walk.h"

#include <micromegas/detail/message_record.h>

#include "tracing/chunk_pool.h"

namespace micromegas::tracing {

using detail::AsyncSpanRecord;
using detail::RecordKind;
using detail::SpanRecord;

bool has_site(RecordKind kind) noexcept {
  return kind != RecordKind::kAsyncSpanResume && kind != RecordKind::kAsyncSpanProperties &&
         kind != RecordKind::kAsyncSpanError;
}

std::size_t size_of_record(const SpanRecord& front) noexcept {
  switch (kind_of(front)) {
    case RecordKind::kBeginThreadSpan:
    case RecordKind::kEndThreadSpan:
      return sizeof(SpanRecord);
    case RecordKind::kBeginAsyncSpan:
    case RecordKind::kEndAsyncSpan:
    case RecordKind::kEndAsyncSpanError:
    case RecordKind::kEndAsyncSpanCancelled:
    case RecordKind::kAsyncSpanSuspend:
    case RecordKind::kAsyncSpanResume:
    case RecordKind::kAsyncSpanProperties:
      return sizeof(AsyncSpanRecord);
    case RecordKind::kAsyncSpanError:
    case RecordKind::kLog:
    case RecordKind::kIntegerMetric:
    case RecordKind::kFloatMetric: {
      const std::size_t size = front.kind_and_depth >> detail::kKindBits;
      return size % detail::kMessageAlignment == 0 && size <= Chunk::kBytes ? size : 0;
    }
  }
  return 0;
}

std::size_t size_of_whole_record(const std::byte* record, std::size_t available) noexcept {
  if (available < sizeof(SpanRecord)) return 0;
  const SpanRecord& front = front_of(record);
  if (front.ticks == 0 || (has_site(kind_of(front)) && front.site == 0)) return 0;
  const std::size_t size = size_of_record(front);
  if (size == 0 || size > available) return 0;
  // The word with their kind is written last.
  if (is_message(kind_of(front)) || kind_of(front) == RecordKind::kAsyncSpanError) return size;
  if (size == sizeof(AsyncSpanRecord)) {
    const auto& async = *reinterpret_cast<const AsyncSpanRecord*>(record);
    // Only a root has no parent, and only a root has no depth.
    const bool is_root = front.kind_and_depth >> detail::kKindBits == 0;
    if (async.span_id == 0 || (async.parent_span_id == 0 && !is_root)) return 0;
  }
  return size;
}

}  // namespace micromegas::tracing
