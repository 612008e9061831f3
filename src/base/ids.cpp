#include "base/ids.h"

#include <random>

namespace micromegas {
namespace {

constexpr std::string_view kUrnPrefix = "urn:uuid:";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_hyphen_position(std::size_t at) noexcept {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

/// A bijection of 64 bits in which each bit of the result depends on all bits of `word`.
std::uint64_t scrambled(std::uint64_t word) noexcept {
  word ^= word >> 32;
  word *= 0xd6e8'feb8'6659'fd93;
  word ^= word >> 32;
  word *= 0xd6e8'feb8'6659'fd93;
  return word ^ word >> 32;
}

}  // namespace

Uuid Uuid::derived(const Uuid& origin, std::uint64_t number) noexcept {
  std::uint64_t halves[2];
  std::memcpy(halves, origin.bytes.data(), sizeof halves);
  constexpr std::uint64_t kOddStep = 0x9e37'79b9'7f4a'7c15;
  // Each half depends on both halves and on the number.
  halves[0] = scrambled(halves[0] + scrambled(number + kOddStep));
  halves[1] = scrambled(halves[1] + halves[0]);
  halves[0] = scrambled(halves[0] + halves[1]);
  Uuid id;
  std::memcpy(id.bytes.data(), halves, sizeof halves);
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80);  // version 8
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

Uuid Uuid::random() {
  thread_local std::random_device device;
  Uuid id;
  for (std::size_t i = 0; i < id.bytes.size(); i += 4) {
    const std::uint32_t word = device();
    std::memcpy(id.bytes.data() + i, &word, sizeof word);
  }
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);  // version 4
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);  // RFC 9562 variant
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.starts_with(kUrnPrefix)) {
    text.remove_prefix(kUrnPrefix.size());
    if (text.size() != 36) return std::nullopt;
  } else if (text.size() == 38 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, 36);
  }
  const bool hyphenated = text.size() == 36;
  if (!hyphenated && text.size() != 32) return std::nullopt;

  Uuid id;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (hyphenated && is_hyphen_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    auto& byte = id.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(digits % 2 == 0 ? value << 4 : byte | value);
    ++digits;
  }
  return id;
}

std::string Uuid::to_string() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 0x0f]);
  }
  return text;
}

}  // namespace micromegas
