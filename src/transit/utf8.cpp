#include "transit/utf8.h"

#include <cstdint>
#include <cstring>

namespace micromegas::transit {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Sequence {
  std::size_t length;  ///< Of the character, or of the maximal ill-formed subsequence.
  bool valid;
};

/// Looks at the character in front of `text`, which begins with a byte >= 0x80.
Sequence next_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  // The second byte's range is what rules out overlong forms, surrogates and values too large.
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {length, true};
}

std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (std::uint64_t word; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080'8080'8080'8080) != 0) break;
  }
  while (at < text.size() && static_cast<std::uint8_t>(text[at]) < 0x80) ++at;
  return at;
}

/// Calls `append` with the text piece by piece, what is ill-formed replaced.
template <class Append>
void for_each_lossy_piece(std::string_view text, Append append) {
  for (;;) {
    const std::size_t valid = valid_utf8_prefix(text);
    append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return;
    text.remove_prefix(next_sequence(text).length);
    append(kReplacement);
  }
}

void append_code_point(std::uint32_t code_point, std::string& out) {
  const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xc0 | code_point >> 6);
    push(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x1'0000) {
    push(0xe0 | code_point >> 12);
    push(0x80 | (code_point >> 6 & 0x3f));
    push(0x80 | (code_point & 0x3f));
  } else {
    push(0xf0 | code_point >> 18);
    push(0x80 | (code_point >> 12 & 0x3f));
    push(0x80 | (code_point >> 6 & 0x3f));
    push(0x80 | (code_point & 0x3f));
  }
}

bool is_high_surrogate(std::uint32_t unit) noexcept { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low_surrogate(std::uint32_t unit) noexcept { return unit >= 0xdc00 && unit <= 0xdfff; }

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (;;) {
    at += ascii_prefix(text.substr(at));
    if (at == text.size()) return at;
    const Sequence sequence = next_sequence(text.substr(at));
    if (!sequence.valid) return at;
    at += sequence.length;
  }
}

void append_lossy_utf8(std::string_view text, std::string& out) {
  for_each_lossy_piece(text, [&](std::string_view piece) { out += piece; });
}

std::size_t lossy_utf8_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for_each_lossy_piece(text, [&](std::string_view piece) { size += piece.size(); });
  return size;
}

char* write_lossy_utf8(std::string_view text, char* out) noexcept {
  for_each_lossy_piece(text, [&](std::string_view piece) {
    if (!piece.empty()) std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
  });
  return out;
}

void append_utf16le(std::string_view bytes, std::string& out) {
  const auto unit = [&](std::size_t at) -> std::uint32_t {
    return static_cast<std::uint8_t>(bytes[at]) | static_cast<std::uint8_t>(bytes[at + 1]) << 8;
  };
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    const std::uint32_t first = unit(at);
    if (is_high_surrogate(first) && at + 2 < bytes.size() && is_low_surrogate(unit(at + 2))) {
      append_code_point(0x1'0000 + ((first - 0xd800) << 10) + (unit(at + 2) - 0xdc00), out);
      at += 2;
    } else if (is_high_surrogate(first) || is_low_surrogate(first)) {
      out += kReplacement;
    } else {
      append_code_point(first, out);
    }
  }
}

}  // namespace micromegas::transit
