#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace micromegas::recovery {

/// Sets that `recovery_set_maker` makes before it records: its first logs bear them.
inline constexpr std::uint64_t kSetsBefore = 100;

/// The value of the only property of a log of `recovery_set_maker`: its text, with so much behind
/// it that sets are of all sizes.
inline std::string value_of_log(std::string_view text) {
  std::size_t hash = 0;
  for (const char letter : text) hash = hash * 31 + static_cast<unsigned char>(letter);
  const std::size_t filling = hash % 50 == 0 ? 1500 : hash % 10 == 0 ? 300 : hash % 64;
  return std::string(text) + ' ' + std::string(filling, 'x');
}

}  // namespace micromegas::recovery
