#include "views/arrow_error.h"

#include <string>

#include "base/error.h"

namespace micromegas::views {

void throw_arrow_error(const arrow::Status& status) {
  ErrorKind kind = ErrorKind::kInternal;
  if (status.IsIOError()) kind = ErrorKind::kUnavailable;
  if (status.IsOutOfMemory()) kind = ErrorKind::kResourceExhausted;
  std::string text = "arrow: " + status.message();
  // What the system said: "[errno 28] No space left on device".
  if (status.detail()) text += ": " + status.detail()->ToString();
  throw Error(kind, text);
}

}  // namespace micromegas::views
