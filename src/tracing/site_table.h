#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include <micromegas/span_site.h>

#include "transit/thread_block_encoder.h"

namespace micromegas::tracing {

class CrashFile;

/// What a site's number stands for: copies of its texts, good for the life of the process.
///
/// Of a log, `call_site.name` is its text and `lod` its level; of a metric, `module_path` is its
/// unit.
struct Site {
  transit::CallSite call_site;
  /// Of a span named at run time: the name. `call_site` is then the location's.
  std::string_view run_time_name;
  std::int32_t location = 0;  ///< The number of that location; 0: a static name.
};

/// The call sites of a process by number, and the names given at run time: each (location, name)
/// has a number of its own, so that a record in a chunk needs no more than that.
///
/// Everything here only grows, up to fixed bounds, without a lock: any thread may call anything.
class SiteTable {
 public:
  static constexpr std::int32_t kMaxSites = 1 << 18;
  static constexpr std::int32_t kMaxNames = 1 << 16;
  static constexpr std::size_t kMaxNameBytes = 1024;  ///< Of a run-time name; the rest is cut off.
  /// Stands for the names above the bound.
  static constexpr std::string_view kOtherNames = "(other names)";

  constexpr SiteTable() noexcept = default;
  /// Numbers of this table are void, though sites still bear them: for tests' own tables.
  ~SiteTable();
  SiteTable(const SiteTable&) = delete;
  SiteTable& operator=(const SiteTable&) = delete;

  /// The number of a site, its first one if it has none. Below 0: the site is switched off; 0: it
  /// cannot be numbered (the bound, or no memory).
  std::int32_t number(SpanSite& site) noexcept;
  /// The same for a site of another sort, whose texts are those of `place`.
  std::int32_t number(detail::SiteState& site, const transit::CallSite& place) noexcept;

  /// The number of a name at a location, as `number`.
  std::int32_t number(SpanSite& location, std::string_view name) noexcept;

  /// REQUIRES: a number given by one of the above. Null only for a number that another thread gave
  /// this very moment, whose writing has not reached this processor yet.
  const Site* find(std::int32_t number) const noexcept;

  /// Tells a crash file of all sites; those to come, `CrashFile::current()` is told of. REQUIRES:
  /// it is the current one.
  void tell_all(CrashFile& crash_file) const noexcept;

  /// Makes `site` known under a number that another process gave it. Texts are copied. False: the
  /// number is out of bounds or taken, or memory was refused.
  bool restore(std::int32_t number, const Site& site) noexcept;

  /// How often a name was replaced by `kOtherNames`.
  std::uint64_t names_refused() const noexcept {
    return names_refused_.load(std::memory_order_relaxed);
  }

  /// The process's. Never destroyed: threads may outlive `main`.
  static SiteTable& instance() noexcept;

 private:
  static constexpr std::int32_t kPageSites = 1024;
  static constexpr std::size_t kNameSlots = 2 * std::size_t{kMaxNames};
  using Page = std::atomic<const Site*>[kPageSites];

  std::int32_t add(const Site* site) noexcept;
  bool put(std::int32_t number, const Site* site) noexcept;
  std::int32_t find_or_add_name(std::int32_t location, std::string_view name,
                                bool beyond_bound) noexcept;

  std::atomic<std::int32_t> last_number_{0};
  std::atomic<std::int32_t> nb_names_{0};
  std::atomic<std::uint64_t> names_refused_{0};
  std::atomic<Page*> pages_[kMaxSites / kPageSites + 1] = {};
  /// Open addressing; a slot holds a number, 0: free.
  std::atomic<std::int32_t> names_[kNameSlots] = {};
};

}  // namespace micromegas::tracing
