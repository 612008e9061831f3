#pragma once

#include <memory>
#include <string>

namespace arrow {
class Schema;
}

namespace micromegas::views {

/// The columns of `async_events`, in the order of `SELECT *` (docs/reference/views.md).
const std::shared_ptr<arrow::Schema>& async_events_schema();

/// Those of its partitions: one more, `end_state`, for `async_spans`: how an end ended its span.
/// What it says of a begin has no meaning.
const std::shared_ptr<arrow::Schema>& async_events_stored_schema();
inline constexpr const char* kEndStateColumn = "end_state";

/// Must change whenever the columns do, or what a row means.
inline constexpr char kAsyncEventsSchemaVersion = 2;

}  // namespace micromegas::views
