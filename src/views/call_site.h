#pragma once

#include <cstdint>
#include <string_view>

namespace micromegas::views {

/// The static place of a span, with the span's name: what the rows of its events share. Texts owned
/// by somebody else.
struct CallSiteTexts {
  std::string_view name;
  std::string_view filename;
  std::string_view target;
  std::uint32_t line = 0;
};

/// What `hash` identifies a call site by: 32-bit xxHash over name, filename, target and line
/// (little-endian), seed 0 first, each result seeding the next.
std::uint32_t call_site_hash(const CallSiteTexts& site) noexcept;

}  // namespace micromegas::views
