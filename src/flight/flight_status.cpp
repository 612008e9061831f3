#include "flight/flight_status.h"

#include <arrow/flight/types.h>

namespace micromegas::flight {
namespace {

using arrow::flight::FlightStatusCode;
using arrow::flight::MakeFlightError;

/// gRPC clients accept 8 KiB of trailers, percent-encoded, and the text travels in them twice.
constexpr std::size_t kMaxText = 1'500;

}  // namespace

arrow::Status status_of(const Error& error, const std::string& query_id) {
  std::string text = error.what();
  if (text.size() > kMaxText) {
    std::size_t end = kMaxText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    text += " ...";
  }
  if (!query_id.empty()) text += " (query_id=" + query_id + ")";

  switch (error.kind()) {
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kMalformed:
    // Arrow's server has no way to send RESOURCE_EXHAUSTED; to its Python client both are
    // ArrowInvalid.
    case ErrorKind::kResourceExhausted:
      return arrow::Status::Invalid(text);
    case ErrorKind::kUnimplemented:
      return arrow::Status::NotImplemented(text);
    case ErrorKind::kUnauthenticated:
      return MakeFlightError(FlightStatusCode::Unauthenticated, text);
    case ErrorKind::kPermissionDenied:
      return MakeFlightError(FlightStatusCode::Unauthorized, text);
    case ErrorKind::kUnavailable:
      return MakeFlightError(FlightStatusCode::Unavailable, text);
    case ErrorKind::kCancelled:
      return MakeFlightError(FlightStatusCode::Cancelled, text);
    case ErrorKind::kInternal:
      break;
  }
  return MakeFlightError(FlightStatusCode::Internal, text);
}

}  // namespace micromegas::flight
