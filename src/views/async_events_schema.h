#pragma once

#include <memory>
#include <string>

namespace arrow {
class Schema;
}

namespace micromegas::views {

/// The columns of `async_events`, in the order of `SELECT *` (docs/reference/views.md).
const std::shared_ptr<arrow::Schema>& async_events_schema();

/// Must change whenever the columns do, or what a row means.
inline constexpr char kAsyncEventsSchemaVersion = 1;

}  // namespace micromegas::views
