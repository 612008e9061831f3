// The C interface to logs, metrics and properties (micromegas/c.h).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

#include <micromegas/c.h>
#include <micromegas/log.h>
#include <micromegas/metric.h>
#include <micromegas/properties.h>

#include "tracing/c_site.h"

namespace micromegas::tracing {
namespace {

LogSite* known_site(micromegas_log_site* site) noexcept {
  return known_c_site<LogSite>(site->known_as, [site] {
    return make_c_site<LogSite, 3>({c_text(site->text), c_text(site->target), c_text(site->file)},
                                   [site](void* memory, const auto& texts) {
                                     return ::new (memory)
                                         LogSite(static_cast<LogLevel>(site->level), texts[0],
                                                 texts[1], texts[2], site->line);
                                   });
  });
}

MetricSite* known_site(micromegas_metric_site* site) noexcept {
  return known_c_site<MetricSite>(site->known_as, [site] {
    return make_c_site<MetricSite, 4>(
        {c_text(site->name), c_text(site->unit), c_text(site->target), c_text(site->file)},
        [site](void* memory, const auto& texts) {
          return ::new (memory) MetricSite(texts[0], texts[1], texts[2], texts[3], site->line);
        });
  });
}

PropertySet set_of(const micromegas_properties* properties) noexcept {
  return properties != nullptr ? held_in<PropertySet>(*properties) : PropertySet();
}

template <class Number>
void measure(micromegas_metric_site* site, Number value,
             const micromegas_properties* properties) noexcept {
  MetricSite* known = known_site(site);
  if (known != nullptr && known->enabled()) detail::metric(*known, value, set_of(properties));
}

// What programs were compiled with stays as it is.
static_assert(sizeof(micromegas_properties) == 8 && sizeof(micromegas_log_site) == 40 &&
              sizeof(micromegas_metric_site) == 48);

}  // namespace
}  // namespace micromegas::tracing

using micromegas::LogText;
using micromegas::Property;
using micromegas::PropertySet;
using micromegas::tracing::c_text;
using micromegas::tracing::known_site;
using micromegas::tracing::measure;
using micromegas::tracing::set_of;

micromegas_properties micromegas_make_properties(const char* const* names_and_values,
                                                 size_t count) {
  std::array<Property, PropertySet::kMaxProperties> properties;
  // Of more than there is room for the first are kept.
  const std::size_t kept = count < properties.size() ? count : properties.size();
  for (std::size_t i = 0; i < kept; ++i) {
    properties[i] = {c_text(names_and_values[2 * i]), c_text(names_and_values[2 * i + 1])};
  }
  micromegas_properties made = {};
  micromegas::tracing::hold(made, PropertySet(std::span<const Property>(properties.data(), kept)));
  return made;
}

int32_t micromegas_log_enabled(micromegas_log_site* site) {
  micromegas::LogSite* known = known_site(site);
  return known != nullptr && known->enabled() ? 1 : 0;
}

void micromegas_log(micromegas_log_site* site, const char* message,
                    const micromegas_properties* properties) {
  micromegas::LogSite* known = known_site(site);
  if (known == nullptr || !known->enabled()) return;
  if (message == nullptr) {
    micromegas::detail::record_log(*known, set_of(properties));
    return;
  }
  LogText text;
  text.append(message);
  micromegas::detail::record_log(*known, set_of(properties), text);
}

void micromegas_integer_metric(micromegas_metric_site* site, uint64_t value,
                               const micromegas_properties* properties) {
  measure(site, value, properties);
}

void micromegas_float_metric(micromegas_metric_site* site, double value,
                             const micromegas_properties* properties) {
  measure(site, value, properties);
}
