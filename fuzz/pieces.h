#pragma once

#include "base/byte_view.h"

namespace micromegas::fuzz {

// Several byte strings in one input: each has its length in front (32 bits, little-endian). A
// length beyond the end takes what is left.

/// Takes the next one off the front of `input`.
ByteView take_piece(ByteView& input);
void append_piece(Bytes& out, ByteView piece);

}  // namespace micromegas::fuzz
