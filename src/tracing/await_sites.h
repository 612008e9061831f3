#pragma once

#include <array>
#include <atomic>
#include <bit>
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

/// A place that a thread has met lately. All that a location holds, in every library that we know,
/// is where the compiler has put it; the line as well, since a library may be unloaded and another
/// one lie where it was.
struct RememberedPlace {
  const void* location;
  std::uint32_t line;
  std::int32_t number;
};
static_assert(sizeof(std::source_location) == sizeof(void*));
inline constexpr std::size_t kRememberedPlaces = 64;
inline constinit thread_local std::array<RememberedPlace, kRememberedPlaces> t_places{};

inline RememberedPlace& remembered_place(std::source_location place) noexcept {
  const auto location = std::bit_cast<std::uintptr_t>(place);
  return t_places[(location >> 3) % kRememberedPlaces];
}

/// The number of a place that the calling thread has met lately, by a few loads; 0: it has not.
inline std::int32_t remembered_await_site(std::source_location place) noexcept {
  const RememberedPlace& known = remembered_place(place);
  return known.location == std::bit_cast<const void*>(place) && known.line == place.line()
             ? known.number
             : 0;
}

/// The number of a place, remembered from now on. 0: it cannot be numbered.
inline std::int32_t await_site_number(std::source_location place) noexcept {
  const std::int32_t number = AwaitSites::instance().number(place);
  remembered_place(place) = {std::bit_cast<const void*>(place), place.line(), number};
  return number;
}

}  // namespace micromegas::tracing
