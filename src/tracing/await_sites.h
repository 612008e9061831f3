#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>

namespace micromegas::tracing {

/// The numbers, in the `SiteTable`, of the places where coroutines wait: known by what they say,
/// since a `std::source_location` has nothing else that is its own.
///
/// A site's name is that of the function, its level of detail the column. Only grows, up to a fixed
/// bound, without a lock: any thread may call anything.
class AwaitSites {
 public:
  static constexpr std::size_t kSlots = 16 * 1024;

  constexpr AwaitSites() noexcept = default;
  AwaitSites(const AwaitSites&) = delete;
  AwaitSites& operator=(const AwaitSites&) = delete;

  /// 0: it cannot be numbered.
  std::int32_t number(const std::source_location& place) noexcept;

  /// The process's. Never destroyed.
  static AwaitSites& instance() noexcept;

 private:
  static constexpr std::size_t kMaxProbes = 64;

  /// Open addressing; a slot holds a number, 0: free.
  std::atomic<std::int32_t> slots_[kSlots] = {};
};

/// The same, by a memory of the calling thread: a few loads for a place that it has met lately.
std::int32_t await_site_number(const std::source_location& place) noexcept;

}  // namespace micromegas::tracing
