#include "flight/call_headers.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

#include "base/error.h"

namespace micromegas::flight {
namespace {

constexpr std::size_t kMaxClientType = 40;

/// The value, unless absent or empty.
std::optional<std::string_view> value_of(const HeaderLookup& header, std::string_view name) {
  const auto value = header(name);
  return value && !value->empty() ? value : std::nullopt;
}

Error unreadable(std::string_view name, std::string_view value, std::string_view expected) {
  return invalid_argument("header " + std::string(name) + ": cannot read '" +
                          std::string(value.substr(0, 100)) + "', expected " +
                          std::string(expected));
}

std::optional<Timestamp> time_of(const HeaderLookup& header, std::string_view name) {
  const auto value = value_of(header, name);
  if (!value) return std::nullopt;
  const auto time = parse_rfc3339(*value);
  if (!time) throw unreadable(name, *value, "a time like 2026-11-22T06:02:21.939Z (RFC 3339)");
  return time;
}

}  // namespace

query::RequestOptions request_options(const HeaderLookup& header) {
  query::RequestOptions options;
  const auto begin = time_of(header, "query_range_begin");
  const auto end = time_of(header, "query_range_end");
  if (begin && end) options.range = TimeRange{*begin, *end};

  if (const auto value = value_of(header, "limit")) {
    std::uint64_t limit = 0;
    const char* const first = value->data();
    const char* const last = first + value->size();
    const auto [at, error] = std::from_chars(first, last, limit);
    if (error != std::errc{} || at != last) {
      throw unreadable("limit", *value, "a whole number of rows");
    }
    options.limit = limit;
  }
  if (const auto value = value_of(header, "preserve_dictionary")) {
    constexpr std::string_view kTrue = "true";
    options.preserve_dictionary =
        std::equal(value->begin(), value->end(), kTrue.begin(), kTrue.end(),
                   [](unsigned char a, char b) { return std::tolower(a) == b; });
  }
  return options;
}

std::string client_type(const HeaderLookup& header) {
  std::string type(value_of(header, "x-client-type").value_or("unknown").substr(0, kMaxClientType));
  std::replace_if(
      type.begin(), type.end(), [](unsigned char c) { return std::isgraph(c) == 0; }, '?');
  return type;
}

}  // namespace micromegas::flight
