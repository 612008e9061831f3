// The slow ways of the event path (micromegas/detail/record.h): an event that is the first of its
// site, its thread or a chunk, that has a run-time name, or that is not recorded at all.
#include "tracing/event_path.h"

#include <unistd.h>

#include <micromegas/detail/record.h>
#include <micromegas/detail/suspension.h>

#include "tracing/raw_clock.h"
#include "tracing/site_table.h"
#include "tracing/target_switches.h"
#include "tracing/thread_registry.h"

namespace micromegas::tracing {
namespace {

/// What only the slow ways of a thread need.
struct ThreadSlowState {
  RegisteredThread* registered = nullptr;
  std::byte* chunk_limit = nullptr;
  const ChunkSource* source = nullptr;  ///< Where its chunk is from.
  bool ended = false;
};
constinit thread_local ThreadSlowState t_slow;

/// Its destructor tells the registry that the thread ends. What destructors after it record is
/// lost.
struct ThreadEnd {
  ThreadEnd() noexcept = default;
  ThreadEnd(const ThreadEnd&) = delete;
  ThreadEnd& operator=(const ThreadEnd&) = delete;
  ~ThreadEnd() {
    detail::thread_state().limit = nullptr;
    t_slow.chunk_limit = nullptr;
    t_slow.ended = true;
    if (t_slow.registered != nullptr) ThreadRegistry::instance().thread_ends(*t_slow.registered);
    t_slow.registered = nullptr;
  }
};

}  // namespace

void count_dropped(std::uint64_t events) noexcept {
  if (t_slow.registered == nullptr) {
    ThreadRegistry::instance().count_dropped(events);
    return;
  }
  std::atomic<std::uint64_t>& dropped = t_slow.registered->dropped_events;
  dropped.store(dropped.load(std::memory_order_relaxed) + events, std::memory_order_relaxed);
}

namespace {

/// The thread goes on in a fresh chunk; registers it if it is new.
std::byte* next_chunk(ThreadRegistry& registry) noexcept {
  if (t_slow.ended) return nullptr;
  Chunk* chunk = registry.chunks().take();
  if (chunk == nullptr) {
    registry.wake_up().wake();
    return nullptr;
  }
  detail::ThreadState& thread = detail::thread_state();
  if (t_slow.registered == nullptr) {
    thread.cursor.store(chunk->begin(), std::memory_order_release);
    t_slow.registered = registry.register_thread(chunk);
    thread.exceptions = detail::exceptions_of_this_thread();
    if (t_slow.registered == nullptr) {
      thread.cursor.store(nullptr, std::memory_order_relaxed);
      registry.chunks().give_back(chunk);
      return nullptr;
    }
    // The main thread's state is good until the process ends; static objects record on it until
    // then.
    if (t_slow.registered->thread_id != ::getpid()) {
      static thread_local ThreadEnd end;  // Constructed now, hence destroyed when the thread ends.
    }
  } else {
    std::byte* cursor = thread.cursor.load(std::memory_order_relaxed);
    Chunk* full = Chunk::of(cursor);
    full->end = cursor;
    full->next.store(chunk, std::memory_order_relaxed);
    thread.cursor.store(chunk->begin(), std::memory_order_release);
    registry.chunk_filled(*t_slow.registered);
  }
  t_slow.chunk_limit = chunk->limit();
  t_slow.source = registry.chunks().source();
  return chunk->begin();
}

}  // namespace

std::byte* reserve(std::uint64_t events, std::size_t bytes) noexcept {
  ThreadRegistry& registry = ThreadRegistry::instance();
  detail::ThreadState& thread = detail::thread_state();
  thread.limit = nullptr;
  if (!registry.recording()) return nullptr;
  std::byte* place = thread.cursor.load(std::memory_order_relaxed);
  // A chunk from before would not be in the crash file.
  const bool from_before = t_slow.source != registry.chunks().source();
  const bool full =
      place >= t_slow.chunk_limit || static_cast<std::size_t>(t_slow.chunk_limit - place) < bytes;
  if (full || from_before) place = next_chunk(registry);
  if (place == nullptr) {
    count_dropped(events);
    return nullptr;
  }
  if (registry.processor_counter()) thread.limit = t_slow.chunk_limit;
  return place;
}

std::uint64_t now() noexcept {
  return ThreadRegistry::instance().processor_counter() ? detail::read_ticks()
                                                        : read_monotonic_ticks();
}

void count_message() noexcept {
  std::atomic<std::uint32_t>& messages = t_slow.registered->messages;
  messages.store(messages.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

namespace {

// A begin that is lost takes its end along.
constexpr std::uint64_t kBothEvents = 2;

/// Whether the spans of a site are recorded now; it remembers the answer.
bool decide(SpanSite& site) noexcept {
  if (site.look().on()) return true;
  const std::uint32_t seen = detail::switches();
  const bool on = TargetSwitches::instance().records_spans(site.target());
  // One that cannot be numbered asks again each time, and is counted as lost.
  if (!on || SiteTable::instance().number(site) > 0) site.decide(seen, on);
  return on;
}

/// Not recorded because its site has no number: lost when the table is full, not when it is off.
void count_unnumbered(std::int32_t number) noexcept {
  if (number == 0) count_dropped(kBothEvents);
}

std::int32_t begin_thread_span_numbered(std::int32_t number) noexcept {
  if (number <= 0) {
    count_unnumbered(number);
    return 0;
  }
  std::byte* place = reserve(kBothEvents);
  if (place == nullptr) return 0;
  detail::write_thread_record(detail::thread_state(), place, now(),
                              detail::front_word(number, detail::RecordKind::kBeginThreadSpan));
  return number;
}

detail::OpenAsyncSpan begin_async_span_numbered(std::int32_t number,
                                                const SpanContext& parent) noexcept {
  if (number <= 0) {
    count_unnumbered(number);
    return {};
  }
  std::byte* place = reserve(kBothEvents);
  if (place == nullptr) return {};
  detail::ThreadState& thread = detail::thread_state();
  if (thread.next_span_id == thread.end_of_span_ids) {
    thread.next_span_id = ThreadRegistry::instance().take_span_ids();
    thread.end_of_span_ids = thread.next_span_id + ThreadRegistry::kSpanIdRange;
  }
  const detail::OpenAsyncSpan span{
      detail::front_word(number, detail::RecordKind::kBeginAsyncSpan, parent.depth),
      thread.next_span_id++, parent.span_id};
  detail::write_async_record(thread, place, now(), span, detail::RecordKind::kBeginAsyncSpan);
  return span;
}

}  // namespace
}  // namespace micromegas::tracing

namespace micromegas::tracing {

void detach_this_thread() noexcept {
  detail::ThreadState& thread = detail::thread_state();
  thread.limit = nullptr;
  thread.cursor.store(nullptr, std::memory_order_relaxed);
  t_slow.registered = nullptr;
  t_slow.chunk_limit = nullptr;
}

}  // namespace micromegas::tracing

namespace micromegas::detail {

using tracing::SiteTable;

std::int32_t begin_thread_span_slow(SpanSite& site) noexcept {
  if (!tracing::decide(site)) return 0;
  return tracing::begin_thread_span_numbered(SiteTable::instance().number(site));
}

std::int32_t begin_thread_span(SpanSite& site, std::string_view name) noexcept {
  if (!tracing::decide(site)) return 0;
  return tracing::begin_thread_span_numbered(SiteTable::instance().number(site, name));
}

OpenAsyncSpan begin_async_span_slow(SpanSite& site, const SpanContext& parent) noexcept {
  if (!tracing::decide(site)) return {};
  return tracing::begin_async_span_numbered(SiteTable::instance().number(site), parent);
}

OpenAsyncSpan begin_async_span(SpanSite& site, std::string_view name,
                               const SpanContext& parent) noexcept {
  if (!tracing::decide(site)) return {};
  return tracing::begin_async_span_numbered(SiteTable::instance().number(site, name), parent);
}

void end_thread_span_slow(std::uint64_t ticks, std::int32_t site) noexcept {
  std::byte* place = tracing::reserve(1);
  if (place == nullptr) return;
  if (!tracing::ThreadRegistry::instance().processor_counter()) ticks = tracing::now();
  write_thread_record(thread_state(), place, ticks, front_word(site, RecordKind::kEndThreadSpan));
}

void end_async_span_slow(std::uint64_t ticks, const OpenAsyncSpan& span, RecordKind kind) noexcept {
  std::byte* place = tracing::reserve(1);
  if (place == nullptr) return;
  if (!tracing::ThreadRegistry::instance().processor_counter()) ticks = tracing::now();
  write_async_record(thread_state(), place, ticks, span, kind);
}

}  // namespace micromegas::detail
