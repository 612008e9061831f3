#include "apps/micromegas/render/human_text.h"

#include <array>
#include <cstdio>

namespace micromegas::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

/// Three digits that matter.
std::string three_digits(double value, const char* unit) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, unit);
  return text.data();
}

std::string two_units(std::int64_t large, const char* large_unit, std::int64_t small,
                      const char* small_unit) {
  return std::to_string(large) + ' ' + large_unit + ' ' + std::to_string(small) + ' ' + small_unit;
}

}  // namespace

std::string duration_text(std::int64_t ns) {
  if (ns < 0) return '-' + duration_text(-ns);
  if (ns < 1'000) return std::to_string(ns) + " ns";
  const auto value = static_cast<double>(ns);
  if (ns < 999'500) return three_digits(value / 1e3, "us");
  if (ns < 999'500'000) return three_digits(value / 1e6, "ms");
  if (ns < kMinute) return three_digits(value / 1e9, "s");
  if (ns < kHour) return two_units(ns / kMinute, "min", ns % kMinute / kSecond, "s");
  if (ns < kDay) return two_units(ns / kHour, "h", ns % kHour / kMinute, "min");
  return two_units(ns / kDay, "d", ns % kDay / kHour, "h");
}

std::string age_text(Timestamp time, Timestamp now) {
  const auto age = now.ns - time.ns;
  if (age < kSecond) return "just now";
  if (age < 2 * kMinute) return std::to_string(age / kSecond) + " s ago";
  if (age < 2 * kHour) return std::to_string(age / kMinute) + " min ago";
  if (age < 2 * kDay) return std::to_string(age / kHour) + " h ago";
  return std::to_string(age / kDay) + " d ago";
}

std::string count_text(std::uint64_t count) {
  auto digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

std::string clock_text(Timestamp time) {
  auto text = to_rfc3339(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string program_name(const std::string& exe) {
  const auto slash = exe.find_last_of("/\\");
  return slash == std::string::npos ? exe : exe.substr(slash + 1);
}

}  // namespace micromegas::cli
