#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include <micromegas/detail/thread_state.h>
#include <micromegas/detail/ticks.h>
#include <micromegas/span_site.h>

// The event path: how a span becomes a record in its thread's chunk. Applications use the classes
// of thread_span.h and async_span.h.

namespace micromegas::detail {

enum class RecordKind : std::uint32_t {
  kBeginThreadSpan = 1,
  kEndThreadSpan = 2,
  kBeginAsyncSpan = 3,
  kEndAsyncSpan = 4,  ///< The next two say how: same layout, one after the other.
  kEndAsyncSpanError = 5,
  kEndAsyncSpanCancelled = 6,
  kLog = 7,  ///< These three: see message_record.h.
  kIntegerMetric = 8,
  kFloatMetric = 9,
  kAsyncSpanSuspend = 10,  ///< These four: see async_detail_record.h.
  kAsyncSpanResume = 11,
  kAsyncSpanProperties = 12,
  kAsyncSpanError = 13,
};

inline constexpr std::uint32_t kKindBits = 4;
inline constexpr std::uint32_t kMaxDepth = (1u << (32 - kKindBits)) - 1;

/// A record of a thread span, and the front of every record:
///
///     ticks:u64  kind:4 bits, depth:28 bits  site:i32
///
/// The end of a span differs from its begin in ticks and kind.
struct SpanRecord {
  std::uint64_t ticks;
  std::uint32_t kind_and_depth;
  std::int32_t site;
};
static_assert(sizeof(SpanRecord) == 16);

/// A record of an async span:
///
///     ticks:u64  kind, depth:u32  site:i32  span_id:u64  parent_span_id:u64
struct AsyncSpanRecord {
  SpanRecord front;
  std::uint64_t span_id;
  std::uint64_t parent_span_id;
};
static_assert(sizeof(AsyncSpanRecord) == 32);

/// A chunk's limit lies this far before its end: whichever record is due next fits, and the cursor
/// never leaves the chunk.
inline constexpr std::size_t kLargestRecord = sizeof(AsyncSpanRecord);

/// What follows the ticks in a record, as one word.
inline std::uint64_t front_word(std::int32_t site, RecordKind kind,
                                std::uint32_t depth = 0) noexcept {
  static_assert(std::endian::native == std::endian::little);
  return static_cast<std::uint64_t>(site) << 32 | (depth << kKindBits) |
         static_cast<std::uint32_t>(kind);
}

/// An async span that was begun: what its end repeats. Nothing was recorded of one without a front,
/// nor will its end be.
struct OpenAsyncSpan {
  std::uint64_t front = 0;  ///< Of its begin.
  std::uint64_t span_id = 0;
  std::uint64_t parent_span_id = 0;

  bool recorded() const noexcept { return front != 0; }
  std::int32_t site() const noexcept { return static_cast<std::int32_t>(front >> 32); }
};

// The slow ways: out of line, for an event in a thousand (and the first of a site or a thread), and
// for names known at run time. They never block, throw or fail: what cannot be recorded is counted.
std::int32_t begin_thread_span_slow(SpanSite& site) noexcept;
std::int32_t begin_thread_span(SpanSite& site, std::string_view name) noexcept;
OpenAsyncSpan begin_async_span(SpanSite& site, std::string_view name,
                               const SpanContext& parent) noexcept;
void end_thread_span_slow(std::uint64_t ticks, std::int32_t site) noexcept;
OpenAsyncSpan begin_async_span_slow(SpanSite& site, const SpanContext& parent) noexcept;
void end_async_span_slow(std::uint64_t ticks, const OpenAsyncSpan& span, RecordKind kind) noexcept;

// Memory that the event path writes and soon reads back is written and read in words of one size: a
// load that straddles two recent stores waits until both have reached the cache, as long as half an
// event takes. Compilers like to merge neighbouring stores; they leave atomic ones, which cost the
// same, as they are.
using Word [[gnu::may_alias]] = std::uint64_t;
inline void store_word(void* place, std::uint64_t value) noexcept {
  __atomic_store_n(static_cast<Word*>(place), value, __ATOMIC_RELAXED);
}

inline void write_thread_record(ThreadState& thread, std::byte* place, std::uint64_t ticks,
                                std::uint64_t front) noexcept {
  store_word(place, ticks);
  store_word(place + 8, front);
  thread.cursor.store(place + sizeof(SpanRecord), std::memory_order_release);
}

/// `kind`: kBeginAsyncSpan or one of the ends.
inline void write_async_record(ThreadState& thread, std::byte* place, std::uint64_t ticks,
                               const OpenAsyncSpan& span, RecordKind kind) noexcept {
  store_word(place, ticks);
  store_word(place + 8, span.front + (static_cast<std::uint64_t>(kind) -
                                      static_cast<std::uint64_t>(RecordKind::kBeginAsyncSpan)));
  store_word(place + 16, span.span_id);
  store_word(place + 24, span.parent_span_id);
  thread.cursor.store(place + sizeof(AsyncSpanRecord), std::memory_order_release);
}

/// Returns what `end_thread_span` needs; 0: not recorded.
inline std::int32_t begin_thread_span(SpanSite& site) noexcept {
  const SpanSite::Seen seen = site.look();
  if (!seen.on()) return seen.off() ? 0 : begin_thread_span_slow(site);
  ThreadState& thread = thread_state();
  std::byte* place = thread.cursor.load(std::memory_order_relaxed);
  if (place >= thread.limit) [[unlikely]]
    return begin_thread_span_slow(site);
  const std::uint64_t number = seen.number_word();
  write_thread_record(thread, place, read_ticks(),
                      number + front_word(0, RecordKind::kBeginThreadSpan));
  return static_cast<std::int32_t>(number >> 32);
}

/// REQUIRES: on the thread that began it.
inline void end_thread_span(std::int32_t site) noexcept {
  if (site == 0) return;
  const std::uint64_t ticks = read_ticks();
  ThreadState& thread = thread_state();
  std::byte* place = thread.cursor.load(std::memory_order_relaxed);
  if (place >= thread.limit) [[unlikely]] {
    end_thread_span_slow(ticks, site);
    return;
  }
  write_thread_record(thread, place, ticks, front_word(site, RecordKind::kEndThreadSpan));
}

/// The fast way alone: not recorded when it is the slow way's turn. REQUIRES: seen.on().
[[gnu::always_inline]] inline OpenAsyncSpan begin_async_span_fast(
    SpanSite::Seen seen, const SpanContext& parent) noexcept {
  ThreadState& thread = thread_state();
  std::byte* place = thread.cursor.load(std::memory_order_relaxed);
  const std::uint64_t span_id = thread.next_span_id;
  if (place >= thread.limit || span_id == thread.end_of_span_ids) [[unlikely]]
    return {};
  thread.next_span_id = span_id + 1;
  const OpenAsyncSpan span{
      seen.number_word() + front_word(0, RecordKind::kBeginAsyncSpan, parent.depth), span_id,
      parent.span_id};
  if (!span.recorded()) __builtin_unreachable();  // It has a kind.
  write_async_record(thread, place, read_ticks(), span, RecordKind::kBeginAsyncSpan);
  return span;
}

/// The fast way alone: false when it is the slow way's turn. REQUIRES: the span is recorded.
[[gnu::always_inline]] inline bool end_async_span_fast(const OpenAsyncSpan& span,
                                                       RecordKind kind) noexcept {
  ThreadState& thread = thread_state();
  std::byte* place = thread.cursor.load(std::memory_order_relaxed);
  if (place >= thread.limit) [[unlikely]]
    return false;
  write_async_record(thread, place, read_ticks(), span, kind);
  return true;
}

inline OpenAsyncSpan begin_async_span(SpanSite& site, const SpanContext& parent) noexcept {
  const SpanSite::Seen seen = site.look();
  if (!seen.on()) return seen.off() ? OpenAsyncSpan{} : begin_async_span_slow(site, parent);
  const OpenAsyncSpan span = begin_async_span_fast(seen, parent);
  return span.recorded() ? span : begin_async_span_slow(site, parent);
}

/// Any thread.
inline void end_async_span(const OpenAsyncSpan& span,
                           RecordKind kind = RecordKind::kEndAsyncSpan) noexcept {
  if (!span.recorded() || end_async_span_fast(span, kind)) return;
  end_async_span_slow(read_ticks(), span, kind);
}

}  // namespace micromegas::detail
