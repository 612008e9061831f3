#pragma once

#include <duckdb.h>

namespace micromegas::query {

/// Gives TIMESTAMPTZ_NS, the type of every time column of ours, the functions that DuckDB has for
/// coarser timestamps only, without losing nanoseconds:
///
///   t - t                           BIGINT nanoseconds
///   t + i, i + t, t - i             i an INTERVAL
///   date_trunc(part, t)
///   date_part(part, t), extract(part FROM t), year(t), ..., epoch(t), epoch_ms(t), epoch_us(t)
///   date_bin(width, t [, origin])   width an INTERVAL or its text; origin 1970-01-01 unless given
///   CAST(t AS BIGINT)               nanoseconds since 1970
///
/// Other timestamps convert to it by themselves, so that `t > now() - INTERVAL '1 hour'` binds.
/// What has no overload here still binds through the microsecond type.
void register_time_functions(duckdb_connection connection);

}  // namespace micromegas::query
