#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"

namespace micromegas::wire {

/// What is wrong with an LZ4 frame.
enum class Lz4Fault {
  kEmpty,       ///< Not a single byte: even no content is a frame of 15.
  kBadMagic,    ///< Not an LZ4 frame.
  kBadHeader,   ///< Version, reserved bits or header checksum.
  kTruncated,   ///< The frame goes on beyond the end of the bytes.
  kCorrupt,     ///< A block that cannot be decompressed, or whose checksum differs.
  kBadContent,  ///< The content's checksum or size differs.
  kTooLarge,    ///< Sound so far, and already more than the caller allows.
};

/// "bad magic", "too large", ...
std::string_view to_string(Lz4Fault fault) noexcept;

/// A frame that cannot be decompressed. The text names the fault and the byte of the frame at which
/// its part (header, block, end mark) begins.
class Lz4Error : public Error {
 public:
  Lz4Error(Lz4Fault fault, std::size_t offset, std::string_view detail = {});

  Lz4Fault fault() const noexcept { return fault_; }
  std::size_t offset() const noexcept { return offset_; }

 private:
  Lz4Fault fault_;
  std::size_t offset_;
};

}  // namespace micromegas::wire
