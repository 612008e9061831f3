#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace micromegas::transit {

/// The longest well-formed UTF-8 in front of `text`, in bytes (Unicode 15, table 3-7: no
/// surrogates, no overlong forms, nothing above U+10FFFF).
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

inline bool is_valid_utf8(std::string_view text) noexcept {
  return valid_utf8_prefix(text) == text.size();
}

/// Appends `text` with each maximal ill-formed subsequence replaced by one U+FFFD, as browsers do.
void append_lossy_utf8(std::string_view text, std::string& out);

/// The same into memory of the caller: how many bytes it takes, and writing it, which returns the
/// end of what was written.
std::size_t lossy_utf8_size(std::string_view text) noexcept;
char* write_lossy_utf8(std::string_view text, char* out) noexcept;

/// Appends UTF-16LE as UTF-8; an unpaired surrogate becomes U+FFFD.
/// REQUIRES: an even number of bytes.
void append_utf16le(std::string_view bytes, std::string& out);

}  // namespace micromegas::transit
