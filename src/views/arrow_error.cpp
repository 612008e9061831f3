#include "views/arrow_error.h"

#include "base/error.h"

namespace micromegas::views {

void throw_arrow_error(const arrow::Status& status) {
  ErrorKind kind = ErrorKind::kInternal;
  if (status.IsIOError()) kind = ErrorKind::kUnavailable;
  if (status.IsOutOfMemory()) kind = ErrorKind::kResourceExhausted;
  throw Error(kind, "arrow: " + status.message());
}

}  // namespace micromegas::views
