#pragma once

#include "base/byte_view.h"

namespace micromegas::fuzz {

/// All that a block is read from, in one input: three pieces (pieces.h), and the objects as the
/// rest.
struct TransitInput {
  ByteView dependency_types;  ///< CBOR
  ByteView event_types;       ///< CBOR
  ByteView dependencies;
  ByteView objects;
};

TransitInput split(ByteView input);
Bytes join(const TransitInput& input);

}  // namespace micromegas::fuzz
