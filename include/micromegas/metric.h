#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <micromegas/detail/site_state.h>
#include <micromegas/properties.h>
#include <micromegas/span_site.h>

namespace micromegas {

// Metrics: a number with a name and a unit, each time it is measured.
//
//     MM_METRIC("queue_length", "count", queue.size());
//     MM_METRIC("frame_time", "ms", milliseconds, PropertySet({{"scene", scene}}));
//
// Integers of 0 and above travel as integers, all else as floating point. A metric bears the
// properties of the span that it is measured in, and its own, which win. Its target is
// `MICROMEGAS_TARGET`, which `set_target` (target.h) switches: the value is not evaluated when off.
//
// 32 bytes in its thread's buffer; no lock, no allocation.

/// A place in the source that measures. A static object, made by the macro below.
class MetricSite : public detail::SiteState {
 public:
  constexpr MetricSite(std::string_view name, std::string_view unit, std::string_view target,
                       std::string_view file, std::uint32_t line) noexcept
      : line_(line), name_(name), unit_(unit), target_(target), file_(file) {}

  std::string_view name() const noexcept { return name_; }
  std::string_view unit() const noexcept { return unit_; }
  std::string_view target() const noexcept { return target_; }
  std::string_view file() const noexcept { return file_; }
  std::uint32_t line() const noexcept { return line_; }

  /// Whether its values are recorded now.
  bool enabled() noexcept {
    const Seen seen = look();
    return seen.on() || (!seen.off() && decide_now());
  }

 private:
  bool decide_now() noexcept;

  std::uint32_t line_;
  std::string_view name_;
  std::string_view unit_;
  std::string_view target_;
  std::string_view file_;
};

namespace detail {

void record_integer_metric(const MetricSite& site, std::uint64_t value, PropertySet own) noexcept;
void record_float_metric(const MetricSite& site, double value, PropertySet own) noexcept;

template <class Number>
  requires std::is_arithmetic_v<Number>
void metric(const MetricSite& site, Number value, PropertySet own = {}) noexcept {
  if constexpr (std::floating_point<Number>) {
    record_float_metric(site, static_cast<double>(value), own);
  } else if constexpr (std::is_signed_v<Number>) {
    // The wire's integers have no sign.
    if (value < 0) {
      record_float_metric(site, static_cast<double>(value), own);
    } else {
      record_integer_metric(site, static_cast<std::uint64_t>(value), own);
    }
  } else {
    record_integer_metric(site, value, own);
  }
}

}  // namespace detail
}  // namespace micromegas

/// `MM_METRIC(name, unit, value)` or `MM_METRIC(name, unit, value, properties)`.
#define MM_METRIC(name, unit, ...)                                                          \
  do {                                                                                      \
    static constinit ::micromegas::MetricSite mm_metric_site{name, unit, MICROMEGAS_TARGET, \
                                                             __FILE__, __LINE__};           \
    if (mm_metric_site.enabled()) {                                                         \
      ::micromegas::detail::metric(mm_metric_site, __VA_ARGS__);                            \
    }                                                                                       \
  } while (false)
