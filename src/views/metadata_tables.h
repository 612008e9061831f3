#pragma once

#include <memory>

namespace arrow {
class Schema;
}

namespace micromegas::views {

// The columns of the tables that are read straight from the lake's metadata, in the order of
// `SELECT *` (docs/reference/views.md). Properties are JSONB in dictionary(int32 -> binary).

const std::shared_ptr<arrow::Schema>& processes_schema();
const std::shared_ptr<arrow::Schema>& streams_schema();

/// Names with a dot are single names: SQL quotes them.
const std::shared_ptr<arrow::Schema>& blocks_schema();

}  // namespace micromegas::views
