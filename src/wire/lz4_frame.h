#pragma once

#include <cstddef>

#include "base/byte_view.h"

namespace micromegas::wire {

/// The fastest level of `compress_frame`; negative ones are faster still, 3 to 12 smaller and
/// slower.
inline constexpr int kFastLz4 = 0;

/// The level at which the original compresses.
inline constexpr int kOriginalLz4 = 10;

/// More than this no buffer of a block may hold once decompressed, unless the caller says so.
/// Blocks are cut after some megabytes; a frame of this size can be made of a 255th part of it.
inline constexpr std::size_t kMaxDecompressed = std::size_t{64} << 20;

/// One LZ4 frame around `content` (wire format section 3): linked 64 KiB blocks, both checksums, no
/// content size. An empty content gives a frame of 15 bytes; no bytes at all mean that memory was
/// refused, and that the block is lost. Any thread; each keeps one context for its calls.
Bytes compress_frame(ByteView content, int level);

/// Fills `out` with the content of the first LZ4 frame in `frame`, whatever its options; bytes
/// after that frame are ignored. `out` keeps its memory from call to call, and no more is asked for
/// than the frame can fill. Any thread; each keeps one context for its calls.
///
/// Throws Lz4Error (lz4_error.h) for anything else than a sound frame of at most `max_size` bytes.
void decompress_frame(ByteView frame, Bytes& out, std::size_t max_size = kMaxDecompressed);

}  // namespace micromegas::wire
