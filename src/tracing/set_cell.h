#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/byte_view.h"
#include "tracing/property_table.h"
#include "tracing/property_text.h"

namespace micromegas::tracing {

/// How a set of properties stands in a crash file: a cell for each of the cells of the process's
/// table (property_table.h), of the same size and in the same order.
///
///     number:u32  bytes:u32  hash:u32  reserved:u32  text:u64*     (property_text.h)
///
/// Whoever writes a cell takes the number away first and gives it last. So a process may die
/// anywhere in between, and there is either a whole set or none.
struct SetCell {
  std::atomic<std::uint32_t> number;  ///< Of the set; 0: there is none.
  std::atomic<std::uint32_t> bytes;   ///< Of the text.
  std::atomic<std::uint32_t> hash;    ///< `PropertyText::hash`.
  std::uint32_t reserved;
};
static_assert(sizeof(SetCell) == 16);

/// The bytes of a cell of that size (`PropertyTable::kSizes`), with this front.
constexpr std::size_t bytes_of_set_cell(std::size_t size) noexcept {
  return sizeof(SetCell) + sizeof(std::uint64_t) * PropertyTable::kSizes[size].words;
}

/// Replaces what is in a cell. REQUIRES: aligned to 8 bytes; the text has room in it; of several
/// threads that do so at a time, one does it again when the others have.
void write_set_cell(std::byte* cell, std::uint32_t number, const PropertyText& text) noexcept;

/// The set in a cell, of which nothing is believed: its number, and its text as a process would
/// have written it. 0: there is no such set.
std::uint32_t read_set_cell(ByteView cell, PropertyText& text) noexcept;

}  // namespace micromegas::tracing
