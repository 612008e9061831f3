#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace micromegas {

/// What the receiver of an `Error` may do about it.
enum class ErrorKind {
  kInvalidArgument,  ///< The caller's mistake (bad SQL, unknown id, malformed body): do not repeat.
  kUnauthenticated,  ///< No key, or a wrong one.
  kPermissionDenied,   ///< A key, but not for this.
  kUnavailable,        ///< Not now (disk full, store away): the same call may succeed later.
  kResourceExhausted,  ///< A limit of ours was reached (memory, body size, queue).
  kCancelled,          ///< The caller went away or asked to stop.
  kUnimplemented,      ///< Asked for something that we do not offer.
  kMalformed,          ///< Bytes from outside that cannot be decoded: skip the block, count it.
  kInternal,           ///< Our bug.
};

/// "invalid argument", "unavailable", ...: for logs and for texts that people read.
std::string_view to_string(ErrorKind kind) noexcept;

/// The one exception type of the servers. It is thrown where a request cannot go on and caught once
/// per request, where its kind becomes an HTTP or gRPC status. The text names what was wrong and
/// where, and the fix when there is one; it is shown to callers, so it never holds secrets.
///
/// The instrumentation library (`tracing`) never throws and does not include this file.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

inline Error invalid_argument(const std::string& message) {
  return Error(ErrorKind::kInvalidArgument, message);
}
inline Error unavailable(const std::string& message) {
  return Error(ErrorKind::kUnavailable, message);
}

}  // namespace micromegas
