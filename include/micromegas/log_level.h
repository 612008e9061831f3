#pragma once

#include <cstdint>

namespace micromegas {

/// How urgent a log is; the numbers are those of the wire format.
enum class LogLevel : std::uint8_t {
  kOff = 0,  ///< Of a target: none of its logs is recorded.
  kFatal = 1,
  kError = 2,
  kWarn = 3,
  kInfo = 4,
  kDebug = 5,
  kTrace = 6,
};

}  // namespace micromegas
