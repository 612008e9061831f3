#pragma once

#include <string>

#include "base/time.h"

namespace micromegas::views {

/// A literal of type TIMESTAMPTZ_NS, exact and independent of the session's time zone. The last
/// nanosecond that a Timestamp can hold means infinity to DuckDB; the one before stands for it.
std::string sql_time(Timestamp time);

}  // namespace micromegas::views
