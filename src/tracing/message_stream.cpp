#include "tracing/message_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include <micromegas/detail/message_record.h>

#include "tracing/record_walk.h"

namespace micromegas::tracing {
namespace {

using detail::LogRecord;
using detail::MetricRecord;
using detail::RecordKind;

template <class Number>
Number load(const std::byte* record, std::size_t offset) noexcept {
  Number number;
  std::memcpy(&number, record + offset, sizeof number);
  return number;
}

bool is_bare_log(const std::byte* record) noexcept {
  return size_of_record(front_of(record)) == sizeof(detail::SpanRecord);
}

/// The properties that a record names, its own before those of its context.
void read_properties(const std::byte* record, PropertyTable& table,
                     PropertyText& properties) noexcept {
  const bool is_log = kind_of(front_of(record)) == RecordKind::kLog;
  if (is_log && is_bare_log(record)) return;
  const auto context =
      load<std::uint32_t>(record, is_log ? offsetof(LogRecord, context_properties)
                                         : offsetof(MetricRecord, context_properties));
  const auto own = load<std::uint32_t>(record, is_log ? offsetof(LogRecord, own_properties)
                                                      : offsetof(MetricRecord, own_properties));
  if (context == 0 || own == 0 || context == own) {
    table.read(context != 0 ? context : own, properties);
    return;
  }
  PropertyText of_context;
  PropertyText of_record;
  table.read(context, of_context);
  table.read(own, of_record);
  table.count_refused(properties.assign(of_record.properties(), of_context.properties()));
}

}  // namespace

template <class Spelling>
bool MessageStream<Spelling>::take(const std::byte* record, std::size_t bytes,
                                   Ticks time) noexcept {
  PropertyText properties;
  read_properties(record, table_, properties);
  const std::size_t offset = bytes_.size();
  const Item item{time.value, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(bytes),
                  static_cast<std::uint32_t>(properties.bytes())};
  if (offset > std::numeric_limits<std::uint32_t>::max() / 2) return false;
  if (!bytes_.append(record, bytes)) return false;
  bool complete = true;
  for (std::size_t i = 0; i < properties.nb_words() && complete; ++i) {
    const std::uint64_t word = properties.word(i);
    complete = bytes_.append(reinterpret_cast<const std::byte*>(&word), sizeof word);
  }
  if (!complete || !items_.append(&item, 1)) {
    bytes_.shrink_to(offset);
    return false;
  }
  pending_bytes_ += bytes_.size() - offset;
  return true;
}

template <class Spelling>
void MessageStream<Spelling>::sort(std::size_t first) noexcept {
  Item* const items = items_.data();
  // Threads were read one after the other. Equal times stay in that order.
  std::sort(items + first, items + items_.size(), [](const Item& a, const Item& b) {
    return a.time != b.time ? a.time < b.time : a.offset < b.offset;
  });
}

template <class Spelling>
void MessageStream<Spelling>::tell_new(EventSink& sink) noexcept
  requires(Spelling::kKind == StreamKind::kLog)
{
  if (told_ == items_.size()) return;
  sort(told_);
  for (; told_ < items_.size(); ++told_) {
    const Item& item = items_[told_];
    const std::byte* record = bytes_.data() + item.offset;
    const Site* site = sites_.find(front_of(record).site);
    PropertyText properties;
    if (site == nullptr || !read_properties_of(item, properties)) continue;
    sink.on_log(Spelling::line(record, *site, properties, Ticks{item.time}));
  }
  sink.on_logs_end();
}

template <class Spelling>
bool MessageStream<Spelling>::write(std::size_t max_object_bytes, ClosedBlock& block,
                                    std::uint64_t& lost) noexcept {
  lost = 0;
  spelling_.encoder.clear();
  if (next_ == 0 && items_.size() > 0) sort(0);
  const Ticks begin = block_end_;
  Ticks end = begin;
  for (; next_ < items_.size() && spelling_.encoder.objects().size() < max_object_bytes; ++next_) {
    const Item& item = items_[next_];
    // One whose thread was interrupted between reading the clock and writing is late: it may be
    // older than the block before.
    const Ticks time = std::max(Ticks{item.time}, end);
    if (spell(item, time)) {
      end = time;
    } else {
      ++lost;
    }
  }
  if (next_ == items_.size()) {
    next_ = 0;
    told_ = 0;
    items_.clear();
    bytes_.clear();
    pending_bytes_ = 0;
  }
  if (spelling_.encoder.nb_objects() == 0) return false;

  if (stream_id_ == StreamId{}) stream_id_ = StreamId::random();
  block.stream_id = stream_id_;
  block.kind = Spelling::kKind;
  block.begin = begin;
  block.end = end;
  block.object_offset = nb_events_;
  block.nb_objects = spelling_.encoder.nb_objects();
  block.dependencies = spelling_.encoder.dependencies();
  block.objects = spelling_.encoder.objects();
  block_end_ = end;
  nb_events_ += block.nb_objects;
  return true;
}

template <class Spelling>
bool MessageStream<Spelling>::read_properties_of(const Item& item,
                                                 PropertyText& properties) const noexcept {
  const std::byte* words = bytes_.data() + item.offset + item.record_bytes;
  return item.property_bytes == 0 ||
         properties.copy_from(item.property_bytes, [words](std::size_t i) {
           return load<std::uint64_t>(words, i * sizeof(std::uint64_t));
         });
}

template <class Spelling>
bool MessageStream<Spelling>::spell(const Item& item, Ticks time) noexcept {
  const std::byte* record = bytes_.data() + item.offset;
  const Site* site = sites_.find(front_of(record).site);
  if (site == nullptr) return false;
  PropertyText properties;
  if (!read_properties_of(item, properties)) return false;
  return spelling_.spell(record, *site, properties, time);
}

template class MessageStream<LogSpelling>;
template class MessageStream<MetricSpelling>;

namespace {

/// The text of a log with arguments or properties; none: it is the site's.
std::optional<std::string_view> own_text(const std::byte* record) noexcept {
  if (is_bare_log(record)) return std::nullopt;
  const auto text_bytes = load<std::uint32_t>(record, offsetof(LogRecord, text_bytes));
  if (text_bytes == LogRecord::kSitesText) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(record) + LogRecord::kTextOffset,
                          text_bytes);
}

}  // namespace

LogLine LogSpelling::line(const std::byte* record, const Site& site, const PropertyText& properties,
                          Ticks time) noexcept {
  const transit::CallSite& place = site.call_site;
  return {static_cast<LogLevel>(place.lod), time, place.target,
          own_text(record).value_or(place.name), properties.properties()};
}

bool LogSpelling::spell(const std::byte* record, const Site& site, const PropertyText& properties,
                        Ticks time) noexcept {
  const transit::CallSite& place = site.call_site;
  const transit::LogSiteView view{place.name, place.target, place.module_path,
                                  place.file, place.line,   place.lod};
  const std::optional<std::string_view> text = own_text(record);
  if (!properties.empty()) {
    return encoder.tagged_text(&site, view, properties.properties(), text.value_or(view.text),
                               time);
  }
  return text ? encoder.text(&site, view, *text, time) : encoder.static_text(&site, view, time);
}

bool MetricSpelling::spell(const std::byte* record, const Site& site,
                           const PropertyText& properties, Ticks time) noexcept {
  const transit::CallSite& place = site.call_site;
  const transit::MetricSiteView view{place.name, place.module_path, place.target,
                                     place.file, place.line,        place.lod};
  const auto bits = load<std::uint64_t>(record, offsetof(MetricRecord, value));
  if (kind_of(front_of(record)) == RecordKind::kIntegerMetric) {
    return properties.empty()
               ? encoder.integer(&site, view, bits, time)
               : encoder.tagged_integer(&site, view, properties.properties(), bits, time);
  }
  const auto value = std::bit_cast<double>(bits);
  return properties.empty()
             ? encoder.floating(&site, view, value, time)
             : encoder.tagged_floating(&site, view, properties.properties(), value, time);
}

}  // namespace micromegas::tracing
