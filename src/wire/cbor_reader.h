#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_view.h"

namespace micromegas::wire {

/// Reads one CBOR item (RFC 8949) from untrusted bytes, pulled field by field.
///
/// Lenient where producers differ: integers in any length, definite and indefinite lengths, tags
/// (skipped), bytes after the item (never looked at). Strict where a wrong guess would store
/// nonsense: a float is not an integer, a byte string is not text, text is UTF-8. Nothing is
/// allocated on the word of a length: memory grows with the bytes that are there.
///
/// Every fault is an `Error{kMalformed}` such as "insert_block: payload.objects: expected a byte
/// string at byte 132, found null". The path in it is what `Scope`s are open.
class CborReader {
 public:
  /// `message` names what is read, in errors; it outlives the reader, as do the bytes.
  CborReader(ByteView bytes, std::string_view message) : bytes_(bytes), message_(message) {}
  CborReader(const CborReader&) = delete;
  CborReader& operator=(const CborReader&) = delete;

  /// Names a field (or an item of an array) in the errors raised while the Scope lives.
  class Scope {
   public:
    Scope(CborReader& reader, std::string_view field) noexcept;
    Scope(CborReader& reader, std::size_t item) noexcept;
    ~Scope() { --reader_.path_length_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    CborReader& reader_;
  };

  /// The entries of a map or the items of an array that are still to come.
  struct Container {
    std::uint64_t left = 0;
    bool indefinite = false;
  };
  Container read_map() { return read_container(5, "a map"); }
  Container read_array() { return read_container(4, "an array"); }
  /// False when the container is at its end. Else the caller reads one entry (map: key and value).
  bool next(Container& container);

  /// Valid until the next call of `read_text`.
  std::string_view read_text();
  void read_bytes(Bytes& out);
  std::int64_t read_integer(std::int64_t min, std::int64_t max);
  bool read_bool();

  /// True, and past it, when the next item is null.
  bool take_null();
  bool next_is_array();
  void skip_item();

  std::size_t offset() const noexcept { return at_; }
  [[noreturn]] void fail(const std::string& what, std::size_t offset,
                         const char* found = nullptr) const;

 private:
  struct Head {
    std::uint8_t major_type;
    std::uint8_t info;  ///< The low five bits: 31 is "indefinite" or "break".
    std::uint64_t argument;
    std::size_t offset;  ///< Where the item begins.
  };
  struct PathElement {
    std::string_view field;
    std::size_t item = 0;
  };

  Head read_head();
  Head read_untagged_head();
  Container read_container(std::uint8_t major_type, const char* expected);
  ByteView take(std::uint64_t size, const Head& head);
  [[noreturn]] void fail_type(const char* expected, const Head& head) const;

  static constexpr std::size_t kMaxPath = 8;

  ByteView bytes_;
  std::string_view message_;
  std::size_t at_ = 0;
  std::string chunks_;  ///< Holds a text that came in chunks.
  std::array<PathElement, kMaxPath> path_{};
  std::size_t path_length_ = 0;
};

}  // namespace micromegas::wire
