#include "base/error.h"

namespace micromegas {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return "invalid argument";
    case ErrorKind::kUnauthenticated:
      return "unauthenticated";
    case ErrorKind::kPermissionDenied:
      return "permission denied";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kResourceExhausted:
      return "resource exhausted";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kUnimplemented:
      return "unimplemented";
    case ErrorKind::kMalformed:
      return "malformed";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "unknown";
}

}  // namespace micromegas
