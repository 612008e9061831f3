#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace micromegas::cli {

/// How many terminal cells UTF-8 text takes: two for wide characters, none for combining ones.
/// Bytes that are not UTF-8 count one each.
std::size_t text_width(std::string_view text) noexcept;

/// The text cut to at most `cells`, with `…` at the end where something is missing.
std::string truncate_to_width(std::string_view text, std::size_t cells);

/// The text with control characters written out (`\n`, `\x1b`): a value must neither break a table
/// nor speak to the terminal.
std::string printable(std::string_view text);

/// The text filled with spaces up to `cells`.
std::string pad_right(std::string_view text, std::size_t cells);
std::string pad_left(std::string_view text, std::size_t cells);

}  // namespace micromegas::cli
