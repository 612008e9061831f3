#include "apps/micromegas/target/arrow_error.h"

#include <string>
#include <string_view>

#include <arrow/flight/types.h>

#include "base/error.h"

namespace micromegas::cli {
namespace {

/// What the server said, without what the layers below say of themselves ("Flight returned ...
/// error, with message: ", ". Client context: ...", ". Detail: ...").
std::string server_text(const arrow::Status& status) {
  std::string_view text = status.message();
  constexpr std::string_view kBefore = "with message: ";
  if (const auto at = text.find(kBefore); at != std::string_view::npos) {
    text.remove_prefix(at + kBefore.size());
  }
  for (const std::string_view after : {". gRPC client debug context:", ". Client context:"}) {
    text = text.substr(0, text.find(after));
  }
  return std::string(text);
}

ErrorKind kind_of(arrow::flight::FlightStatusCode code) {
  using Code = arrow::flight::FlightStatusCode;
  switch (code) {
    case Code::Cancelled:
      return ErrorKind::kCancelled;
    case Code::Unauthenticated:
      return ErrorKind::kUnauthenticated;
    case Code::Unauthorized:
      return ErrorKind::kPermissionDenied;
    case Code::Unavailable:
    case Code::TimedOut:
      return ErrorKind::kUnavailable;
    default:
      return ErrorKind::kInternal;
  }
}

ErrorKind kind_of(const arrow::Status& status) {
  if (const auto detail = arrow::flight::FlightStatusDetail::UnwrapStatus(status)) {
    return kind_of(detail->code());
  }
  switch (status.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::KeyError:
      return ErrorKind::kInvalidArgument;
    case arrow::StatusCode::NotImplemented:
      return ErrorKind::kUnimplemented;
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorKind::kResourceExhausted;
    case arrow::StatusCode::Cancelled:
      return ErrorKind::kCancelled;
    default:
      return ErrorKind::kInternal;
  }
}

}  // namespace

void check(const arrow::Status& status) {
  if (!status.ok()) throw Error(kind_of(status), server_text(status));
}

}  // namespace micromegas::cli
