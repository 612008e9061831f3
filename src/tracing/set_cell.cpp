#include "tracing/set_cell.h"

#include <cstring>
#include <new>

namespace micromegas::tracing {
namespace {

using Word = std::uint64_t;

/// Whether it is what `assign` makes of its properties: sorted, each name once, all of it UTF-8,
/// zeros behind the last one.
bool is_well_formed(const PropertyText& text) noexcept {
  PropertyText again;
  if (again.assign(text.properties()) != 0 || again.bytes() != text.bytes()) return false;
  for (std::size_t i = 0; i < text.nb_words(); ++i) {
    if (again.word(i) != text.word(i)) return false;
  }
  return true;
}

}  // namespace

void write_set_cell(std::byte* cell, std::uint32_t number, const PropertyText& text) noexcept {
  auto& front = *reinterpret_cast<SetCell*>(cell);
  auto* const words = reinterpret_cast<Word*>(cell + sizeof front);
  front.number.store(0, std::memory_order_relaxed);
  // The process may die between any two stores, and then those before must be there.
  std::atomic_signal_fence(std::memory_order_release);
  front.bytes.store(static_cast<std::uint32_t>(text.bytes()), std::memory_order_relaxed);
  front.hash.store(text.hash(), std::memory_order_relaxed);
  for (std::size_t i = 0; i < text.nb_words(); ++i) {
    std::atomic_ref(words[i]).store(text.word(i), std::memory_order_relaxed);
  }
  front.number.store(number, std::memory_order_release);
}

std::uint32_t read_set_cell(ByteView cell, PropertyText& text) noexcept {
  std::uint32_t front[4];
  static_assert(sizeof front == sizeof(SetCell));
  text.clear();
  if (cell.size() < sizeof front) return 0;
  std::memcpy(front, cell.data(), sizeof front);
  const auto [number, bytes, hash, reserved] = front;
  const ByteView words = cell.subspan(sizeof front);
  if (number == 0 || bytes == 0 || bytes > words.size()) return 0;
  const bool parsed = text.copy_from(bytes, [words](std::size_t i) {
    Word word = 0;
    std::memcpy(&word, words.data() + i * sizeof word, sizeof word);
    return word;
  });
  if (parsed && text.hash() == hash && is_well_formed(text)) return number;
  text.clear();
  return 0;
}

}  // namespace micromegas::tracing
