#pragma once

#include <cstddef>
#include <cstdint>

#include <micromegas/detail/record.h>

// What is said of async spans between their begin and end, as records in a thread's chunk. Spans
// that nothing is said of have none.

namespace micromegas::detail {

/// Its coroutine stops running, or runs again: a record as long as those of async spans.
///
///     ticks:u64  kind, awaited?  site:i32  span_id:u64  awaited_span_id:u64
///
/// `site` is where it waits; of a resume it means nothing. `awaited?`, where others have their
/// depth, is 1 when there is an awaited span that is known.
///
/// Of its properties: the same; `site` is the number of the set, and there is nothing awaited.
using AsyncDetailRecord = AsyncSpanRecord;

/// Why it ended with an error. `site` is the number of bytes of the text; where others have their
/// depth, the size of the whole record stands, a multiple of `kErrorAlignment`.
///
///     ticks:u64  kind, size  text_bytes:i32  span_id:u64  text  padding
struct AsyncErrorRecord {
  SpanRecord front;
  std::uint64_t span_id;

  static constexpr std::size_t kTextOffset = 24;
  static constexpr std::size_t kMaxTextBytes = 1000;
};
static_assert(sizeof(AsyncErrorRecord) == AsyncErrorRecord::kTextOffset);

inline constexpr std::size_t kErrorAlignment = 16;

}  // namespace micromegas::detail
