#pragma once

namespace micromegas::wire {

/// The name of the format, as streams give it.
inline constexpr const char* kWireFormat = "micromegas-transit";

/// The format carries no number of its own: this is the version of the original whose producers
/// and servers speak what is read and written here. tests/golden/ was recorded from it.
inline constexpr const char* kWireVersion = "0.30";

}  // namespace micromegas::wire
