#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "transit/decode_error.h"
#include "transit/text_arena.h"

namespace micromegas::transit {

/// Reads the fields of a body that is not laid out by metadata, one after the other.
class BodyReader {
 public:
  /// `record` is the offset of the record in its buffer, for errors.
  BodyReader(const std::byte* begin, const std::byte* end, BlockBuffer buffer, std::size_t record)
      : at_(begin), end_(end), buffer_(buffer), record_(record) {}

  template <class Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  const std::byte* take(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) fail(DecodeFault::kBodyCut);
    const std::byte* taken = at_;
    at_ += size;
    return taken;
  }

  /// Codec, length in bytes, bytes.
  std::string_view coded_text(TextArena& arena);
  /// All that is left, which must be UTF-8.
  std::string_view text_to_end();

  const std::byte* at() const noexcept { return at_; }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

 private:
  [[noreturn]] void fail(DecodeFault fault) const { throw DecodeError(fault, buffer_, record_); }

  const std::byte* at_;
  const std::byte* end_;
  BlockBuffer buffer_;
  std::size_t record_;
};

}  // namespace micromegas::transit
