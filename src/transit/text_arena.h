#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace micromegas::transit {

/// Keeps the texts that had to be converted, since the bytes in the buffer are not UTF-8.
class TextArena {
 public:
  /// `bytes` as UTF-8, ill-formed sequences replaced. Well-formed bytes are returned as they are,
  /// without a copy; others are kept until `clear`.
  std::string_view utf8(std::string_view bytes);

  /// UTF-16LE as UTF-8, kept until `clear`. REQUIRES: an even number of bytes.
  std::string_view utf16le(std::string_view bytes);

  void clear() noexcept;

 private:
  std::string_view keep(std::string_view text);

  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  std::string converted_;
  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;  ///< Of the last chunk.
};

}  // namespace micromegas::transit
