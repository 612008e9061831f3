#include "tracing/await_sites.h"

#include <functional>
#include <string_view>

#include <micromegas/span_site.h>

#include "tracing/site_table.h"

namespace micromegas::tracing {
namespace {

transit::CallSite describe(const std::source_location& place) noexcept {
  transit::CallSite site;
  site.name = detail::short_function_name(place.function_name());
  site.file = place.file_name();
  site.line = place.line();
  site.lod = place.column();
  return site;
}

std::size_t hash_of(const transit::CallSite& site) noexcept {
  const std::hash<std::string_view> hash;
  return hash(site.name) ^ hash(site.file) * 3 ^
         ((std::size_t{site.line} << 12) + site.lod) * 0x9e37'79b9'7f4a'7c15;
}

bool same(const transit::CallSite& a, const transit::CallSite& b) noexcept {
  return a.line == b.line && a.lod == b.lod && a.name == b.name && a.file == b.file;
}

}  // namespace

AwaitSites& AwaitSites::instance() noexcept {
  static constinit AwaitSites sites;
  return sites;
}

std::int32_t AwaitSites::number(const std::source_location& place) noexcept {
  const transit::CallSite wanted = describe(place);
  const std::size_t hash = hash_of(wanted);
  std::int32_t ours = 0;
  for (std::size_t probe = 0; probe < kMaxProbes; ++probe) {
    std::atomic<std::int32_t>& slot = slots_[(hash + probe) % kSlots];
    std::int32_t number = slot.load(std::memory_order_acquire);
    if (number == 0) {
      if (ours == 0) {
        detail::SiteState state;
        ours = SiteTable::instance().number(state, wanted);
        if (ours <= 0) return 0;
      }
      if (slot.compare_exchange_strong(number, ours, std::memory_order_acq_rel)) return ours;
      // Another thread took the slot, perhaps for the same place.
    }
    const Site* site = SiteTable::instance().find(number);
    if (site != nullptr && same(site->call_site, wanted)) return number;
  }
  return 0;
}

}  // namespace micromegas::tracing
