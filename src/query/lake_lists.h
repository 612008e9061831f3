#pragma once

#include <memory>

#include <duckdb.h>

#include "lake/lake.h"
#include "query/request.h"
#include "views/view_factory.h"

namespace micromegas::query {

/// Registers `list_view_sets()`, `list_partitions()` and `list_block_errors()`: what the lake says
/// of itself. A request's range does not concern them.
void register_lake_lists(duckdb_connection connection, RequestRegistry& requests,
                         const std::shared_ptr<lake::Lake>& lake,
                         const views::ViewFactory& factory);

}  // namespace micromegas::query
