#include "apps/micromegas/render/text_width.h"

#include <cstdint>

namespace micromegas::cli {
namespace {

struct CodePoint {
  char32_t value;
  std::size_t bytes;
};

/// The code point at the start of `text`, which is not empty. A byte that starts none counts as
/// itself.
CodePoint first_code_point(std::string_view text) noexcept {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  std::size_t bytes = 0;
  if (lead >> 5 == 0b110) bytes = 2;
  if (lead >> 4 == 0b1110) bytes = 3;
  if (lead >> 3 == 0b11110) bytes = 4;
  if (bytes == 0 || bytes > text.size()) return {lead, 1};
  char32_t value = lead & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if (next >> 6 != 2) return {lead, 1};
    value = value << 6 | (next & 0x3Fu);
  }
  return {value, bytes};
}

bool is_between(char32_t c, char32_t first, char32_t last) noexcept {
  return c >= first && c <= last;
}

std::size_t cells_of(char32_t c) noexcept {
  // The ranges that names and messages really hold; a terminal's own tables are larger.
  if (is_between(c, 0x0300, 0x036F) || is_between(c, 0x200B, 0x200F) ||
      is_between(c, 0x20D0, 0x20F0) || is_between(c, 0xFE00, 0xFE0F)) {
    return 0;
  }
  if (is_between(c, 0x1100, 0x115F) || is_between(c, 0x2E80, 0xA4CF) ||
      is_between(c, 0xAC00, 0xD7A3) || is_between(c, 0xF900, 0xFAFF) ||
      is_between(c, 0xFE30, 0xFE6F) || is_between(c, 0xFF00, 0xFF60) ||
      is_between(c, 0xFFE0, 0xFFE6) || is_between(c, 0x1F300, 0x1FAFF) ||
      is_between(c, 0x20000, 0x3FFFD)) {
    return 2;
  }
  return 1;
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\x";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
  }
}

}  // namespace

std::size_t text_width(std::string_view text) noexcept {
  std::size_t cells = 0;
  while (!text.empty()) {
    const auto next = first_code_point(text);
    cells += cells_of(next.value);
    text.remove_prefix(next.bytes);
  }
  return cells;
}

std::string truncate_to_width(std::string_view text, std::size_t cells) {
  if (text_width(text) <= cells) return std::string(text);
  if (cells == 0) return {};
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const auto next = first_code_point(text.substr(bytes));
    if (used + cells_of(next.value) > cells - 1) break;
    used += cells_of(next.value);
    bytes += next.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_code_point(text);
    // C1 controls (0x80..0x9f) arrive as two bytes, or as a lone byte that is not UTF-8.
    const bool lone_byte = next.bytes == 1 && next.value >= 0x80;
    if (next.value < 0x20 || is_between(next.value, 0x7F, 0x9F) || lone_byte) {
      append_escaped(out, static_cast<unsigned char>(next.value));
    } else {
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string pad_right(std::string_view text, std::size_t cells) {
  const auto used = text_width(text);
  return std::string(text) + std::string(used < cells ? cells - used : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t cells) {
  const auto used = text_width(text);
  return std::string(used < cells ? cells - used : 0, ' ') + std::string(text);
}

}  // namespace micromegas::cli
