#include "tracing/property_text.h"

#include <algorithm>
#include <cstring>

#include "transit/utf8.h"

namespace micromegas::tracing {
namespace {

constexpr std::size_t kFrontBytes = 4;

/// Properties by name, the first of each name. A little list on the stack.
class UniqueProperties {
 public:
  /// Returns whether there was room for it.
  bool add(const Property& property) noexcept {
    for (const Property& other : all()) {
      if (other.name == property.name) return true;
    }
    if (count_ == kept_.size()) return false;
    kept_[count_++] = property;
    return true;
  }

  std::span<const Property> sorted() noexcept {
    std::sort(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count_),
              [](const Property& a, const Property& b) { return a.name > b.name; });
    return all();
  }

 private:
  std::span<const Property> all() const noexcept { return {kept_.data(), count_}; }

  std::array<Property, PropertySet::kMaxProperties> kept_;
  std::size_t count_ = 0;
};

}  // namespace

std::size_t PropertyText::assign(std::span<const Property> first,
                                 std::span<const Property> rest) noexcept {
  UniqueProperties unique;
  std::size_t refused = 0;
  for (const auto& list : {first, rest}) {
    for (std::size_t i = list.size(); i > 0; --i) {
      if (!unique.add(list[i - 1])) ++refused;
    }
  }
  size_ = 0;
  for (const Property& property : unique.sorted()) {
    if (!append(property)) ++refused;
  }
  std::memset(bytes_ + size_, 0, 8 * nb_words() - size_);
  parse();
  return refused;
}

bool PropertyText::append(const Property& property) noexcept {
  // Long ones are refused before they are looked through.
  if (property.name.size() + property.value.size() > PropertySet::kMaxBytes) return false;
  const std::size_t name_bytes = transit::lossy_utf8_size(property.name);
  const std::size_t value_bytes = transit::lossy_utf8_size(property.value);
  if (kFrontBytes + name_bytes + value_bytes > sizeof bytes_ - size_) return false;
  const std::uint16_t front[2] = {static_cast<std::uint16_t>(name_bytes),
                                  static_cast<std::uint16_t>(value_bytes)};
  std::memcpy(bytes_ + size_, front, kFrontBytes);
  char* at = bytes_ + size_ + kFrontBytes;
  at = transit::write_lossy_utf8(property.name, at);
  at = transit::write_lossy_utf8(property.value, at);
  size_ = static_cast<std::size_t>(at - bytes_);
  return true;
}

bool PropertyText::parse() noexcept {
  count_ = 0;
  for (std::size_t at = 0; at < size_;) {
    std::uint16_t front[2];
    if (count_ == parsed_.size() || size_ - at < kFrontBytes) return false;
    std::memcpy(front, bytes_ + at, kFrontBytes);
    at += kFrontBytes;
    if (std::size_t{front[0]} + front[1] > size_ - at) return false;
    parsed_[count_++] = {{bytes_ + at, front[0]}, {bytes_ + at + front[0], front[1]}};
    at += std::size_t{front[0]} + front[1];
  }
  return true;
}

std::uint64_t PropertyText::word(std::size_t index) const noexcept {
  std::uint64_t word;
  std::memcpy(&word, bytes_ + 8 * index, sizeof word);
  return word;
}

void PropertyText::set_word(std::size_t index, std::uint64_t word) noexcept {
  std::memcpy(bytes_ + 8 * index, &word, sizeof word);
}

std::uint32_t PropertyText::hash() const noexcept {
  std::uint64_t hash = size_;
  for (std::size_t i = 0; i < nb_words(); ++i) {
    hash = (hash ^ word(i)) * 0x9e37'79b9'7f4a'7c15;
    hash ^= hash >> 32;
  }
  return static_cast<std::uint32_t>(hash);
}

}  // namespace micromegas::tracing
