#pragma once

#include <utility>

#include <arrow/result.h>
#include <arrow/status.h>

namespace micromegas::views {

/// Throws the `Error` that a failed Arrow call stands for: kUnavailable for the file system,
/// kResourceExhausted for memory, kInternal for the rest.
[[noreturn]] void throw_arrow_error(const arrow::Status& status);

inline void check_arrow(const arrow::Status& status) {
  if (!status.ok()) throw_arrow_error(status);
}

template <class T>
T take_arrow(arrow::Result<T> result) {
  if (!result.ok()) throw_arrow_error(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace micromegas::views
