#pragma once

#include <string>

#include <arrow/status.h>

#include "base/error.h"

namespace micromegas::flight {

/// The gRPC status of an error (docs/reference/flight-sql.md has the table). A `query_id` is
/// appended to the text as " (query_id=...)"; the same id is in the log. The text is cut where
/// gRPC's trailers end.
arrow::Status status_of(const Error& error, const std::string& query_id = {});

}  // namespace micromegas::flight
