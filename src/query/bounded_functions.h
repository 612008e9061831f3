#pragma once

#include <cstddef>

#include <duckdb.h>

namespace micromegas::query {

/// What one evaluation of the functions below may make, for all rows that DuckDB hands over at once
/// (2,048 at most).
inline constexpr std::size_t kMaxBytesMade = std::size_t{64} << 20;

/// Puts a bound on the functions whose arguments say how large their result is: `range` and
/// `generate_series` as values, `repeat`, `lpad`, `rpad`, `list_resize`, `array_resize`.
///
/// DuckDB keeps texts and lists outside of its memory limit, and works out constant calls while it
/// plans, when nothing interrupts it: `SELECT len(range(1000000000))` would take 16 GB of the
/// server. A macro of the same name stands before each of them, and passes on an argument that a
/// function of ours has looked at. As tables (`FROM range(...)`) the first two are not affected:
/// they give rows, not a list.
///
/// A guard rail, not a wall: texts can be made long in many small steps
/// (docs/operations.md, "Doors that face strangers").
void register_bounded_functions(duckdb_connection connection);

}  // namespace micromegas::query
