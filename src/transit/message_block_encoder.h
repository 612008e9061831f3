#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_view.h"
#include "base/time.h"
#include "transit/dependency_writer.h"
#include "transit/record_buffer.h"
#include "transit/stream_types.h"

namespace micromegas::transit {

/// A place in the source that logs, as the records of a block describe it.
struct LogSiteView {
  std::string_view text;  ///< Of a log with arguments: with its placeholders.
  std::string_view target;
  std::string_view module_path;
  std::string_view file;
  std::uint32_t line = 0;
  std::uint32_t level = 0;  ///< 1 fatal, ... 6 trace.
};

/// A place in the source that measures.
struct MetricSiteView {
  std::string_view name;
  std::string_view unit;
  std::string_view target;
  std::string_view file;
  std::uint32_t line = 0;
  std::uint32_t lod = 3;  ///< Level of detail: 1 minimum, 2 medium, 3 maximum.
};

// Below, a site is known by `key`: an address that stands for that site alone before `clear`. A set
// of properties is what DependencyWriter takes. When memory is refused a call returns false, and
// the event is not in the block. `time` is an absolute reading of the process's counter. One thread
// at a time; once warm, no call asks for memory.

/// Writes the two buffers of a block of a log stream, whose types are `log_stream_types()`.
class LogBlockEncoder {
 public:
  /// A log whose message is the text of its site.
  bool static_text(const void* key, const LogSiteView& site, Ticks time) noexcept;

  bool text(const void* key, const LogSiteView& site, std::string_view message,
            Ticks time) noexcept;

  template <class Properties>
  bool tagged_text(const void* key, const LogSiteView& site, const Properties& properties,
                   std::string_view message, Ticks time) noexcept {
    const DependencyWriter::Id desc = site_record(key, site);
    const DependencyWriter::Id set = dependencies_.property_set(properties);
    return desc != 0 && set != 0 && append_tagged(desc, set, message, time);
  }

  // What has been written since `clear`, not compressed. Valid until the next call of a member that
  // is not const.

  ByteView dependencies() const noexcept { return dependencies_.view(); }
  ByteView objects() const noexcept { return objects_.view(); }
  std::int32_t nb_objects() const noexcept { return nb_objects_; }

  /// Begins the next block. Keeps the memory.
  void clear() noexcept;

 private:
  DependencyWriter::Id site_record(const void* key, const LogSiteView& site) noexcept;
  bool append_tagged(DependencyWriter::Id desc, DependencyWriter::Id properties,
                     std::string_view message, Ticks time) noexcept;

  DependencyWriter dependencies_{
      {.static_string = static_cast<std::uint8_t>(LogDependency::kStaticString),
       .property_set = static_cast<std::uint8_t>(LogDependency::kPropertySet)}};
  RecordBuffer objects_;
  std::int32_t nb_objects_ = 0;
};

/// Writes the two buffers of a block of a metrics stream, whose types are `metrics_stream_types()`.
class MetricsBlockEncoder {
 public:
  bool integer(const void* key, const MetricSiteView& site, std::uint64_t value,
               Ticks time) noexcept;
  bool floating(const void* key, const MetricSiteView& site, double value, Ticks time) noexcept;

  template <class Properties>
  bool tagged_integer(const void* key, const MetricSiteView& site, const Properties& properties,
                      std::uint64_t value, Ticks time) noexcept {
    return append_tagged(MetricsEvent::kTaggedInteger, site_record(key, site),
                         dependencies_.property_set(properties), value, time);
  }
  template <class Properties>
  bool tagged_floating(const void* key, const MetricSiteView& site, const Properties& properties,
                       double value, Ticks time) noexcept {
    return append_tagged(MetricsEvent::kTaggedFloat, site_record(key, site),
                         dependencies_.property_set(properties), bits_of(value), time);
  }

  // As above.

  ByteView dependencies() const noexcept { return dependencies_.view(); }
  ByteView objects() const noexcept { return objects_.view(); }
  std::int32_t nb_objects() const noexcept { return nb_objects_; }
  void clear() noexcept;

 private:
  static std::uint64_t bits_of(double value) noexcept;
  DependencyWriter::Id site_record(const void* key, const MetricSiteView& site) noexcept;
  bool append(MetricsEvent type, DependencyWriter::Id desc, std::uint64_t value,
              Ticks time) noexcept;
  bool append_tagged(MetricsEvent type, DependencyWriter::Id desc, DependencyWriter::Id properties,
                     std::uint64_t value, Ticks time) noexcept;

  DependencyWriter dependencies_{
      {.static_string = static_cast<std::uint8_t>(MetricsDependency::kStaticString),
       .property_set = static_cast<std::uint8_t>(MetricsDependency::kPropertySet)}};
  RecordBuffer objects_;
  std::int32_t nb_objects_ = 0;
};

}  // namespace micromegas::transit
