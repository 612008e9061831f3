#pragma once

#include <utility>

#include <arrow/result.h>
#include <arrow/status.h>

#include "base/error.h"

namespace micromegas::query {

/// An `Error` on its way through Arrow's interfaces, which do not throw; its kind stays with it.
arrow::Status to_status(const Error& error);

/// The `Error` of a failed status: what `to_status` was given, or kInternal for one of Arrow's own.
Error to_error(const arrow::Status& status);

/// Throws the error of a failed status.
inline void check(const arrow::Status& status) {
  if (!status.ok()) throw to_error(status);
}

template <class T>
T check(arrow::Result<T> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace micromegas::query
