#pragma once

#include <cstddef>
#include <cstdint>

#include <micromegas/detail/record.h>

// Logs and metrics in a thread's chunk, between its spans. A record begins as each does; where a
// span has its depth, a message has the size of the whole record in bytes, a multiple of 16.

namespace micromegas::detail {

/// A log. One whose text is its site's and that bears no properties is the front alone. Else:
///
///     front  context_properties:u32  own_properties:u32  text_bytes:u32  text  padding
///
/// `text_bytes` is kSitesText when the text is the site's.
struct LogRecord {
  SpanRecord front;
  std::uint32_t context_properties;
  std::uint32_t own_properties;
  std::uint32_t text_bytes;

  static constexpr std::uint32_t kSitesText = 0xffff'ffff;
  static constexpr std::size_t kTextOffset = 28;
};
static_assert(offsetof(LogRecord, text_bytes) + 4 == LogRecord::kTextOffset);

/// A metric. `value`: an integer, or the bits of a double.
struct MetricRecord {
  SpanRecord front;
  std::uint64_t value;
  std::uint32_t context_properties;
  std::uint32_t own_properties;
};
static_assert(sizeof(MetricRecord) == 32);

inline constexpr std::size_t kMessageAlignment = 16;

}  // namespace micromegas::detail
