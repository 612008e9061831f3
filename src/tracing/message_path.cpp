// How a log or a metric becomes a record in its thread's chunk
// (micromegas/detail/message_record.h).
#include "tracing/message_path.h"

#include <atomic>
#include <bit>
#include <cstring>

#include <micromegas/detail/message_record.h>
#include <micromegas/log.h>
#include <micromegas/metric.h>

#include "tracing/event_path.h"
#include "tracing/site_table.h"
#include "tracing/target_switches.h"

namespace micromegas::tracing {
namespace {

using detail::LogRecord;
using detail::MetricRecord;
using detail::RecordKind;
using detail::SpanRecord;

constinit std::atomic<std::uint64_t> g_truncated_logs{0};

/// A log never fills more than half of a chunk, so the rest of a chunk that it has no room in is a
/// bounded waste.
static_assert(LogText::kMaxBytes + sizeof(LogRecord) <= 16 * 1024 - detail::kMessageAlignment);

/// A record that is being written. Seen by the collector when it is published, and whole for
/// whoever reads the chunk after the process has died: its kind is written last.
class MessageRecord {
 public:
  MessageRecord(RecordKind kind, std::int32_t site, std::size_t bytes) noexcept
      : kind_(kind), bytes_(round_up(bytes)) {
    const detail::ThreadState& thread = detail::thread_state();
    std::byte* place = thread.cursor.load(std::memory_order_relaxed);
    const bool fits =
        place < thread.limit && bytes_ <= static_cast<std::size_t>(thread.limit - place);
    place_ = fits ? place : reserve(1, bytes_);
    if (place_ == nullptr) return;
    const std::uint64_t ticks = fits ? detail::read_ticks() : now();
    ::new (place_) SpanRecord{ticks, 0, site};
  }

  explicit operator bool() const noexcept { return place_ != nullptr; }

  template <class Value>
  void put(std::size_t offset, const Value& value) noexcept {
    std::memcpy(place_ + offset, &value, sizeof value);
  }
  void put_text(std::size_t offset, std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(place_ + offset, text.data(), text.size());
  }

  void publish() noexcept {
    count_message();
    std::atomic_signal_fence(std::memory_order_release);
    reinterpret_cast<SpanRecord*>(place_)->kind_and_depth =
        static_cast<std::uint32_t>(kind_) | static_cast<std::uint32_t>(bytes_) << detail::kKindBits;
    detail::thread_state().cursor.store(place_ + bytes_, std::memory_order_release);
  }

 private:
  static std::size_t round_up(std::size_t bytes) noexcept {
    return (bytes + detail::kMessageAlignment - 1) & ~(detail::kMessageAlignment - 1);
  }

  const RecordKind kind_;
  const std::size_t bytes_;
  std::byte* place_ = nullptr;
};

std::uint32_t context_properties() noexcept {
  return detail::thread_state().context->context.properties;
}

/// The site remembers the answer, unless it could not be numbered: what it records is lost then.
bool remember(detail::SiteState& site, std::uint32_t seen, bool on,
              const transit::CallSite& place) noexcept {
  if (on && SiteTable::instance().number(site, place) <= 0) {
    count_dropped(1);
    return false;
  }
  site.decide(seen, on);
  return on;
}

void write_log(const LogSite& site, PropertySet own, std::uint32_t text_bytes,
               std::string_view text) noexcept {
  MessageRecord record(RecordKind::kLog, site.number(), LogRecord::kTextOffset + text.size());
  if (!record) return;
  record.put(offsetof(LogRecord, context_properties), context_properties());
  record.put(offsetof(LogRecord, own_properties), own.id());
  record.put(offsetof(LogRecord, text_bytes), text_bytes);
  record.put_text(LogRecord::kTextOffset, text);
  record.publish();
}

void write_metric(RecordKind kind, const MetricSite& site, std::uint64_t value,
                  PropertySet own) noexcept {
  MessageRecord record(kind, site.number(), sizeof(MetricRecord));
  if (!record) return;
  record.put(offsetof(MetricRecord, value), value);
  record.put(offsetof(MetricRecord, context_properties), context_properties());
  record.put(offsetof(MetricRecord, own_properties), own.id());
  record.publish();
}

}  // namespace

std::uint64_t truncated_logs() noexcept { return g_truncated_logs.load(std::memory_order_relaxed); }

}  // namespace micromegas::tracing

namespace micromegas {

using tracing::TargetSwitches;

bool LogSite::decide_now() noexcept {
  const std::uint32_t seen = detail::switches();
  return tracing::remember(*this, seen, TargetSwitches::instance().records_log(target_, level_),
                           {.name = text_,
                            .target = target_,
                            .module_path = target_,
                            .file = file_,
                            .line = line_,
                            .lod = static_cast<std::uint32_t>(level_)});
}

bool MetricSite::decide_now() noexcept {
  const std::uint32_t seen = detail::switches();
  return tracing::remember(
      *this, seen, TargetSwitches::instance().records_metrics(target_),
      {.name = name_, .target = target_, .module_path = unit_, .file = file_, .line = line_});
}

namespace detail {

void record_log(const LogSite& site, PropertySet own) noexcept {
  if (!own.empty() || tracing::context_properties() != 0) {
    tracing::write_log(site, own, LogRecord::kSitesText, {});
    return;
  }
  tracing::MessageRecord record(RecordKind::kLog, site.number(), sizeof(SpanRecord));
  if (record) record.publish();
}

void record_log(const LogSite& site, PropertySet own, const LogText& text) noexcept {
  if (text.truncated()) {
    tracing::g_truncated_logs.fetch_add(1, std::memory_order_relaxed);
  }
  const std::string_view view = text.view();
  tracing::write_log(site, own, static_cast<std::uint32_t>(view.size()), view);
}

void record_integer_metric(const MetricSite& site, std::uint64_t value, PropertySet own) noexcept {
  tracing::write_metric(RecordKind::kIntegerMetric, site, value, own);
}

void record_float_metric(const MetricSite& site, double value, PropertySet own) noexcept {
  tracing::write_metric(RecordKind::kFloatMetric, site, std::bit_cast<std::uint64_t>(value), own);
}

}  // namespace detail
}  // namespace micromegas
