#pragma once

#include <string_view>

#include <duckdb.h>

#include "base/error.h"

namespace micromegas::query {

/// What the receiver may do about an error of DuckDB: bad SQL and values that an operator refuses
/// are the caller's, limits of memory and spill space ours.
ErrorKind error_kind(duckdb_error_type type) noexcept;

/// An `Error` from DuckDB's text ("Binder Error: ..."), whose first words tell its type: the only
/// place where a failed preparation says it.
Error error_from_text(std::string_view text);

/// The error of a failed result.
Error error_of_result(duckdb_result* result);

/// Throws what `error` holds, if anything; takes it over.
void check(duckdb_error_data error);

}  // namespace micromegas::query
