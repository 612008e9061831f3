#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/byte_view.h"

namespace micromegas::transit {

/// Writes a buffer by hand: `BlockBytes().u8(0).u32(12).u64(7).text("name")`.
class BlockBytes {
 public:
  BlockBytes& u8(std::uint8_t value) { return number(value); }
  BlockBytes& u32(std::uint32_t value) { return number(value); }
  BlockBytes& u64(std::uint64_t value) { return number(value); }
  BlockBytes& f64(double value) { return number(value); }
  BlockBytes& text(std::string_view value) {
    for (const std::byte byte : as_bytes(value)) bytes_.push_back(byte);
    return *this;
  }
  /// A record of a dynamic type: index, size, body.
  BlockBytes& dynamic(std::uint8_t type_index, const BlockBytes& body) {
    u8(type_index).u32(static_cast<std::uint32_t>(body.bytes_.size()));
    return text(as_text(body.bytes_));
  }
  /// A coded string: codec, length, bytes.
  BlockBytes& coded(std::uint8_t codec, std::string_view value) {
    return u8(codec).u32(static_cast<std::uint32_t>(value.size())).text(value);
  }

  operator ByteView() const { return bytes_; }  // NOLINT(google-explicit-constructor)

 private:
  template <class Number>
  BlockBytes& number(Number value) {
    std::byte raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.insert(bytes_.end(), raw, raw + sizeof value);
    return *this;
  }

  Bytes bytes_;
};

}  // namespace micromegas::transit
