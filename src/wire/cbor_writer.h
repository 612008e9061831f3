#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_view.h"

namespace micromegas::wire {

/// Appends CBOR (RFC 8949) to a buffer: definite lengths, the shortest form of every integer.
///
/// The caller keeps the promise made by `map` and `array`: that many entries follow. Never throws
/// of its own accord, and is built without exceptions, since instrumented programs carry it.
class CborWriter {
 public:
  explicit CborWriter(Bytes& out) : out_(out) {}

  void map(std::size_t entries) { head(5, entries); }
  void array(std::size_t items) { head(4, items); }

  void text(std::string_view value);
  void bytes(ByteView value);
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value) { head(0, value); }
  void boolean(bool value) { out_.push_back(value ? std::byte{0xf5} : std::byte{0xf4}); }
  void null() { out_.push_back(std::byte{0xf6}); }

 private:
  void head(unsigned major_type, std::uint64_t argument);

  Bytes& out_;
};

}  // namespace micromegas::wire
