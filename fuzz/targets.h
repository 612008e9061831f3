#pragma once

#include <span>
#include <string_view>

#include "base/byte_view.h"

namespace micromegas::fuzz {

/// One decoder under hostile bytes. It may refuse them (an `Error`, which `run` swallows) or take
/// them; then what it made of them must hold together, or `run` aborts.
struct Target {
  std::string_view name;  ///< Also of its folder of inputs.
  void (*run)(ByteView input);
};

/// `lz4_frame`: the input is a frame.
void run_lz4_frame(ByteView input);

/// `cbor_body`: the first byte chooses one of process, stream, block, payload and type table; the
/// rest is the body.
void run_cbor_body(ByteView input);

/// `transit_block`: the input is a `TransitInput` (transit_input.h).
void run_transit_block(ByteView input);

/// `crash_file`: the input is a `CrashInput` (crash_input.h).
void run_crash_file(ByteView input);

inline constexpr Target kTargets[] = {
    {"crash_file", run_crash_file},
    {"lz4_frame", run_lz4_frame},
    {"cbor_body", run_cbor_body},
    {"transit_block", run_transit_block},
};

/// Aborts with the text when a promise of a decoder is broken.
void require(bool kept, const char* promise);

}  // namespace micromegas::fuzz
