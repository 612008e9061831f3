#pragma once

#include <memory>
#include <utility>

#include <arrow/result.h>
#include <arrow/status.h>

namespace micromegas::cli {

/// Turns a status that is not OK into an `Error`. Statuses that came over Flight keep the kind that
/// the server gave them, and their text loses what gRPC wraps around it.
void check(const arrow::Status& status);

/// The value of a result, or the `Error` that `check` throws.
template <class T>
T value_or_throw(arrow::Result<T> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace micromegas::cli
