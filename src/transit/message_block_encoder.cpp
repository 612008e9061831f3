#include "transit/message_block_encoder.h"

#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include "transit/records.h"

namespace micromegas::transit {
namespace {

constexpr std::uint8_t kUtf8 = 2;  // The codec of a coded string.

/// Writes the fields of a dynamic event one after the other.
class FieldWriter {
 public:
  explicit FieldWriter(std::byte* at) noexcept : at_(at) {}

  template <class Number>
  FieldWriter& number(Number number) noexcept {
    std::memcpy(at_, &number, sizeof number);
    at_ += sizeof number;
    return *this;
  }
  void coded_text(std::string_view text) noexcept {
    number(kUtf8).number(static_cast<std::uint32_t>(text.size()));
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
  }

 private:
  std::byte* at_;
};

constexpr std::size_t coded_size(std::string_view text) noexcept {
  return sizeof kUtf8 + sizeof(std::uint32_t) + text.size();
}

bool count_in(std::int32_t& nb_objects, bool appended) noexcept {
  if (appended) ++nb_objects;
  return appended;
}

bool full(std::int32_t nb_objects) noexcept {
  return nb_objects == std::numeric_limits<std::int32_t>::max();
}

/// A dynamic event's body; null when it is too large or memory is refused.
std::byte* append_dynamic(RecordBuffer& objects, LogEvent type, std::size_t size) noexcept {
  if (size > std::numeric_limits<std::uint32_t>::max() / 2) return nullptr;
  return objects.append_dynamic(static_cast<std::uint8_t>(type), static_cast<std::uint32_t>(size));
}

}  // namespace

void LogBlockEncoder::clear() noexcept {
  dependencies_.clear();
  objects_.clear();
  nb_objects_ = 0;
}

DependencyWriter::Id LogBlockEncoder::site_record(const void* key,
                                                  const LogSiteView& site) noexcept {
  const auto type = static_cast<std::uint8_t>(LogDependency::kLogMetadataRecord);
  return dependencies_.record(type, key, [&]() -> std::optional<LogMetadataRecord> {
    const LogMetadataRecord record{0,
                                   dependencies_.string(site.text),
                                   dependencies_.string(site.target),
                                   dependencies_.string(site.module_path),
                                   dependencies_.string(site.file),
                                   site.line,
                                   site.level};
    if (record.fmt_str == 0 || record.target == 0 || record.module_path == 0 || record.file == 0) {
      return std::nullopt;
    }
    return record;
  });
}

bool LogBlockEncoder::static_text(const void* key, const LogSiteView& site, Ticks time) noexcept {
  const DependencyWriter::Id desc = site_record(key, site);
  if (desc == 0 || full(nb_objects_)) return false;
  const LogStaticStrEvent event{desc, time.value};
  return count_in(nb_objects_,
                  objects_.append(static_cast<std::uint8_t>(LogEvent::kStaticText), event));
}

bool LogBlockEncoder::text(const void* key, const LogSiteView& site, std::string_view message,
                           Ticks time) noexcept {
  const DependencyWriter::Id desc = site_record(key, site);
  if (desc == 0 || full(nb_objects_)) return false;
  std::byte* body = append_dynamic(objects_, LogEvent::kText, 16 + coded_size(message));
  if (body == nullptr) return false;
  FieldWriter(body).number(std::uint64_t{desc}).number(time.value).coded_text(message);
  return count_in(nb_objects_, true);
}

bool LogBlockEncoder::append_tagged(DependencyWriter::Id desc, DependencyWriter::Id properties,
                                    std::string_view message, Ticks time) noexcept {
  if (full(nb_objects_)) return false;
  std::byte* body = append_dynamic(objects_, LogEvent::kTaggedText, 24 + coded_size(message));
  if (body == nullptr) return false;
  FieldWriter(body)
      .number(std::uint64_t{desc})
      .number(std::uint64_t{properties})
      .number(time.value)
      .coded_text(message);
  return count_in(nb_objects_, true);
}

void MetricsBlockEncoder::clear() noexcept {
  dependencies_.clear();
  objects_.clear();
  nb_objects_ = 0;
}

std::uint64_t MetricsBlockEncoder::bits_of(double value) noexcept {
  return std::bit_cast<std::uint64_t>(value);
}

DependencyWriter::Id MetricsBlockEncoder::site_record(const void* key,
                                                      const MetricSiteView& site) noexcept {
  const auto type = static_cast<std::uint8_t>(MetricsDependency::kMetricMetadata);
  return dependencies_.record(type, key, [&]() -> std::optional<MetricMetadataRecord> {
    const MetricMetadataRecord record{0,
                                      dependencies_.string(site.name),
                                      dependencies_.string(site.unit),
                                      dependencies_.string(site.target),
                                      dependencies_.string(site.file),
                                      site.line,
                                      site.lod};
    if (record.name == 0 || record.unit == 0 || record.target == 0 || record.file == 0) {
      return std::nullopt;
    }
    return record;
  });
}

bool MetricsBlockEncoder::integer(const void* key, const MetricSiteView& site, std::uint64_t value,
                                  Ticks time) noexcept {
  return append(MetricsEvent::kInteger, site_record(key, site), value, time);
}

bool MetricsBlockEncoder::floating(const void* key, const MetricSiteView& site, double value,
                                   Ticks time) noexcept {
  return append(MetricsEvent::kFloat, site_record(key, site), bits_of(value), time);
}

bool MetricsBlockEncoder::append(MetricsEvent type, DependencyWriter::Id desc, std::uint64_t value,
                                 Ticks time) noexcept {
  if (desc == 0 || full(nb_objects_)) return false;
  const MetricEvent event{desc, value, time.value};
  return count_in(nb_objects_, objects_.append(static_cast<std::uint8_t>(type), event));
}

bool MetricsBlockEncoder::append_tagged(MetricsEvent type, DependencyWriter::Id desc,
                                        DependencyWriter::Id properties, std::uint64_t value,
                                        Ticks time) noexcept {
  if (desc == 0 || properties == 0 || full(nb_objects_)) return false;
  const TaggedMetricEvent event{desc, properties, value, time.value};
  return count_in(nb_objects_, objects_.append(static_cast<std::uint8_t>(type), event));
}

}  // namespace micromegas::transit
