#include "apps/micromegas/render/property_set.h"

#include <cstddef>

#include "base/error.h"
#include "query/jsonb.h"

namespace micromegas::cli {
namespace {

std::size_t word_at(std::string_view bytes, std::size_t at) {
  std::size_t word = 0;
  for (std::size_t i = at; i < at + 4; ++i) word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

/// Whether bytes are an object of binary JSON, by its header and the lengths that it tells
/// (query/jsonb.h): they must add up to the last byte, which other bytes hardly do.
bool is_property_set(std::string_view bytes) {
  constexpr std::size_t kKindMask = 0xE0000000;
  constexpr std::size_t kObject = 0x40000000;
  constexpr std::size_t kLengthMask = 0x0FFFFFFF;
  if (bytes.size() < 4 || (word_at(bytes, 0) & kKindMask) != kObject) return false;
  const auto entries = 2 * (word_at(bytes, 0) & ~kKindMask);
  if (entries > bytes.size() / 4) return false;
  auto end = 4 + 4 * entries;
  if (end > bytes.size()) return false;
  for (std::size_t at = 4; at < 4 + 4 * entries; at += 4) end += word_at(bytes, at) & kLengthMask;
  return end == bytes.size();
}

}  // namespace

std::optional<std::string> property_set_json(std::string_view bytes) {
  if (!is_property_set(bytes)) return std::nullopt;
  try {
    return query::jsonb_to_json(bytes);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace micromegas::cli
