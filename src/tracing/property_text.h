#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <micromegas/properties.h>

namespace micromegas::tracing {

/// The texts of a set of properties in one piece, as the table keeps them:
///
///     text     = property*             sorted by name, downwards, as the wire format wants them
///     property = name_bytes:u16  value_bytes:u16  name  value
///
/// Names are unique, all texts are UTF-8. Zeros fill the last word. Lives on the stack.
class PropertyText {
 public:
  static constexpr std::size_t kMaxWords =
      (PropertySet::kMaxBytes + 4 * PropertySet::kMaxProperties + 7) / 8;

  PropertyText() noexcept = default;
  PropertyText(const PropertyText&) = delete;
  PropertyText& operator=(const PropertyText&) = delete;

  /// Replaces what is here by `first`, and by those of `rest` whose names are not in `first`; of
  /// several of one name in one list the last one counts. Returns how many had no room.
  std::size_t assign(std::span<const Property> first, std::span<const Property> rest = {}) noexcept;

  void clear() noexcept { size_ = count_ = 0; }

  /// The properties; valid as long as this text.
  std::span<const Property> properties() const noexcept { return {parsed_.data(), count_}; }

  bool empty() const noexcept { return count_ == 0; }
  std::size_t nb_words() const noexcept { return (size_ + 7) / 8; }
  std::uint64_t word(std::size_t index) const noexcept;
  std::uint32_t hash() const noexcept;

  /// Takes over words that a text of that many bytes consists of. False: they are none.
  template <class Word>
  bool copy_from(std::size_t bytes, Word&& word) noexcept {
    if (bytes > sizeof bytes_) return false;
    size_ = bytes;
    for (std::size_t i = 0; i < nb_words(); ++i) set_word(i, word(i));
    return parse();
  }

  std::size_t bytes() const noexcept { return size_; }

 private:
  bool append(const Property& property) noexcept;
  void set_word(std::size_t index, std::uint64_t word) noexcept;
  bool parse() noexcept;

  alignas(8) char bytes_[8 * kMaxWords];
  std::size_t size_ = 0;
  std::array<Property, PropertySet::kMaxProperties> parsed_;
  std::size_t count_ = 0;
};

}  // namespace micromegas::tracing
