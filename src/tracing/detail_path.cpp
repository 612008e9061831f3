// How what is said of an async span between its begin and end becomes a record in its thread's
// chunk (micromegas/detail/async_detail_record.h).
#include "tracing/detail_path.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include <micromegas/detail/async_detail_record.h>
#include <micromegas/detail/suspension.h>

#include "tracing/await_sites.h"
#include "tracing/event_path.h"
#include "tracing/site_table.h"
#include "tracing/suspension_rates.h"
#include "tracing/target_switches.h"

namespace micromegas::tracing {
namespace {

using detail::AsyncDetailRecord;
using detail::AsyncErrorRecord;
using detail::AwareSpan;
using detail::RecordKind;

/// A site that means nothing; 0 would stand for a record that is not whole.
constexpr std::int32_t kNoSite = 1;

inline void store(detail::ThreadState& thread, std::byte* place, RecordKind kind,
                  std::uint64_t ticks, std::int32_t site, std::uint64_t span_id,
                  std::uint64_t awaited_span_id) noexcept {
  static_assert(offsetof(AsyncDetailRecord, span_id) == 16 && sizeof(AsyncDetailRecord) == 32);
  detail::store_word(place, ticks);
  detail::store_word(place + 8, detail::front_word(site, kind, awaited_span_id != 0 ? 1 : 0));
  detail::store_word(place + 16, span_id);
  detail::store_word(place + 24, awaited_span_id);
  thread.cursor.store(place + sizeof(AsyncDetailRecord), std::memory_order_release);
}

void write(RecordKind kind, std::uint64_t ticks, std::int32_t site, std::uint64_t span_id,
           std::uint64_t awaited_span_id) noexcept {
  detail::ThreadState& thread = detail::thread_state();
  std::byte* place = thread.cursor.load(std::memory_order_relaxed);
  if (place >= thread.limit) place = reserve(1);
  if (place != nullptr) store(thread, place, kind, ticks, site, span_id, awaited_span_id);
}

/// The same record for all spans that a coroutine has open, with one reading of the clock.
[[gnu::cold, gnu::noinline]] void write_for_each(const AwareSpan& innermost, RecordKind kind,
                                                 std::int32_t site,
                                                 std::uint64_t awaited_span_id) noexcept {
  const std::uint64_t ticks = now();
  for (const AwareSpan* span = &innermost; span != nullptr; span = span->around) {
    write(kind, ticks, site, span->span_id, awaited_span_id);
  }
}

/// The rule, for the one span that a coroutine has open as a rule; false: it is not the rule.
inline bool write_for_only(const AwareSpan& innermost, RecordKind kind, std::int32_t site,
                           std::uint64_t awaited_span_id) noexcept {
  detail::ThreadState& thread = detail::thread_state();
  std::byte* place = thread.cursor.load(std::memory_order_relaxed);
  if (place >= thread.limit || innermost.around != nullptr) [[unlikely]]
    return false;
  // Below the limit, records carry the processor's counter.
  store(thread, place, kind, detail::read_ticks(), site, innermost.span_id, awaited_span_id);
  return true;
}

[[gnu::cold, gnu::noinline]] void record_suspend_slowly(const AwareSpan& innermost,
                                                        std::uint64_t awaited_span_id,
                                                        std::source_location place) noexcept {
  const std::int32_t site = await_site_number(place);
  if (site == 0) {
    count_dropped(1);
    return;
  }
  write_for_each(innermost, RecordKind::kAsyncSpanSuspend, site, awaited_span_id);
}

// What a thread remembers until something is switched.

/// What a root draws.
SuspensionRates::Draw draw() noexcept {
  struct Remembered {
    std::uint32_t switches;
    SuspensionRates::Draw certain;
  };
  constinit static thread_local Remembered t_remembered{};

  const std::uint32_t switches = detail::switches();
  if (t_remembered.switches != switches) [[unlikely]] {
    t_remembered = {switches, SuspensionRates::instance().certain_draw()};
  }
  return t_remembered.certain != 0 ? t_remembered.certain : SuspensionRates::instance().draw();
}

/// From which draw on the suspensions of a site are recorded.
SuspensionRates::Draw least_draw_of(std::int32_t site_number) noexcept {
  struct Remembered {
    std::int32_t site;
    std::uint32_t switches;
    SuspensionRates::Draw least;
  };
  constexpr std::uint32_t kRemembered = 64;
  constinit static thread_local Remembered t_remembered[kRemembered] = {};

  const std::uint32_t switches = detail::switches();
  Remembered& entry = t_remembered[static_cast<std::uint32_t>(site_number) % kRemembered];
  if (entry.site != site_number || entry.switches != switches) [[unlikely]] {
    const Site* site = SiteTable::instance().find(site_number);
    const SuspensionRates::Index rate =
        site != nullptr ? TargetSwitches::instance().suspensions(site->call_site.target) : 0;
    entry = {site_number, switches, SuspensionRates::instance().least_draw(rate)};
  }
  return entry.least;
}

constexpr int kDrawShift = 32 - detail::kKindBits;
static_assert(SuspensionRates::kMaxRates + 1 < 1 << detail::kKindBits);

/// Cuts a text to the bound without splitting a UTF-8 character.
std::string_view cut(std::string_view text) noexcept {
  if (text.size() <= AsyncErrorRecord::kMaxTextBytes) return text;
  std::size_t size = AsyncErrorRecord::kMaxTextBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

void write_suspend(std::uint64_t ticks, std::uint64_t span_id, std::uint64_t awaited_span_id,
                   std::int32_t site) noexcept {
  write(RecordKind::kAsyncSpanSuspend, ticks, site, span_id, awaited_span_id);
}

void write_resume(std::uint64_t ticks, std::uint64_t span_id) noexcept {
  write(RecordKind::kAsyncSpanResume, ticks, kNoSite, span_id, 0);
}

}  // namespace micromegas::tracing

namespace micromegas::detail {

bool wants_suspensions(std::int32_t site, std::uint32_t& depth_inside) noexcept {
  tracing::SuspensionRates::Draw draw = depth_inside >> tracing::kDrawShift;
  if (draw == 0) {
    draw = tracing::draw();
    depth_inside |= draw << tracing::kDrawShift;
  }
  return draw >= tracing::least_draw_of(site);
}

void record_suspend(const AwareSpan& innermost, std::uint64_t awaited_span_id,
                    std::source_location place) noexcept {
  const std::int32_t site = tracing::remembered_await_site(place);
  if (site == 0 || !tracing::write_for_only(innermost, RecordKind::kAsyncSpanSuspend, site,
                                            awaited_span_id)) [[unlikely]]
    tracing::record_suspend_slowly(innermost, awaited_span_id, place);
}

void record_resume(const AwareSpan& innermost, std::uint64_t awaited_span_id) noexcept {
  if (!tracing::write_for_only(innermost, RecordKind::kAsyncSpanResume, tracing::kNoSite,
                               awaited_span_id)) [[unlikely]]
    tracing::write_for_each(innermost, RecordKind::kAsyncSpanResume, tracing::kNoSite,
                            awaited_span_id);
}

void record_properties(std::uint64_t span_id, std::uint32_t set) noexcept {
  if (span_id == 0 || set == 0) return;
  tracing::write(RecordKind::kAsyncSpanProperties, tracing::now(), static_cast<std::int32_t>(set),
                 span_id, 0);
}

void record_error(std::uint64_t span_id, std::string_view text) noexcept {
  text = tracing::cut(text);
  if (span_id == 0 || text.empty()) return;
  const std::size_t bytes =
      (AsyncErrorRecord::kTextOffset + text.size() + kErrorAlignment - 1) & ~(kErrorAlignment - 1);
  std::byte* place = tracing::reserve(1, bytes);
  if (place == nullptr) return;
  auto* record = ::new (place)
      AsyncErrorRecord{{tracing::now(), 0, static_cast<std::int32_t>(text.size())}, span_id};
  std::memcpy(place + AsyncErrorRecord::kTextOffset, text.data(), text.size());
  // Last, so that whoever finds the kind after a crash finds all of the record.
  std::atomic_signal_fence(std::memory_order_release);
  record->front.kind_and_depth = static_cast<std::uint32_t>(RecordKind::kAsyncSpanError) |
                                 static_cast<std::uint32_t>(bytes) << kKindBits;
  thread_state().cursor.store(place + bytes, std::memory_order_release);
}

}  // namespace micromegas::detail
