#pragma once

#include "base/byte_view.h"

namespace micromegas::fuzz {

/// All that a block is read from, in one input: four pieces, each but the last with its length in
/// front (32 bits, little-endian). A length beyond the end takes what is left.
struct TransitInput {
  ByteView dependency_types;  ///< CBOR
  ByteView event_types;       ///< CBOR
  ByteView dependencies;
  ByteView objects;
};

TransitInput split(ByteView input);
Bytes join(const TransitInput& input);

}  // namespace micromegas::fuzz
