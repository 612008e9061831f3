#include "apps/micromegas/time_argument.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include "apps/micromegas/command.h"

namespace micromegas::cli {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", kSecond},
                                      {"m", 60 * kSecond},
                                      {"h", 3'600 * kSecond},
                                      {"d", 86'400 * kSecond},
                                      {"w", 604'800 * kSecond}}};

std::optional<std::int64_t> unit_ns(std::string_view name) {
  for (const auto& unit : kUnits) {
    if (unit.name == name) return unit.ns;
  }
  return std::nullopt;
}

/// `1h30m` in nanoseconds; nullopt for anything else, and for more than an int64 holds.
std::optional<std::int64_t> parse_age(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));

    const auto letters = std::min(text.find_first_of("0123456789+-"), text.size());
    const auto ns = unit_ns(text.substr(0, letters));
    if (!ns) return std::nullopt;
    text.remove_prefix(letters);

    std::int64_t part;
    if (__builtin_mul_overflow(count, *ns, &part)) return std::nullopt;
    if (__builtin_add_overflow(total, part, &total)) return std::nullopt;
  }
  return total;
}

}  // namespace

Timestamp parse_time_argument(std::string_view text, Timestamp now) {
  if (text == "now") return now;
  if (const auto age = parse_age(text)) return {now.ns - *age};
  if (const auto time = parse_rfc3339(text)) return *time;
  throw UsageError("'" + std::string(text) +
                   "' is not a time: write how long ago (30m, 1h30m, 2d), now, or RFC 3339 with an "
                   "offset (2026-11-22T06:02:21Z)");
}

std::optional<TimeRange> parse_time_range(std::string_view begin, std::string_view end,
                                          Timestamp now) {
  if (begin.empty() && end.empty()) return std::nullopt;
  const TimeRange range{begin.empty() ? Timestamp{0} : parse_time_argument(begin, now),
                        end.empty() ? now : parse_time_argument(end, now)};
  if (range.end < range.begin) {
    throw UsageError("--begin (" + to_rfc3339(range.begin) + ") is later than --end (" +
                     to_rfc3339(range.end) + ")");
  }
  return range;
}

}  // namespace micromegas::cli
