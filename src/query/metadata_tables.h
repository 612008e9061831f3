#pragma once

#include <memory>

#include <duckdb.h>

#include "lake/lake.h"
#include "query/request.h"

namespace micromegas::query {

/// Creates the tables `processes`, `streams` and `blocks`: read from the metadata store when a
/// query runs, so that what was ingested a millisecond ago is there. A request's range keeps rows
/// by insert time (`MetadataStore::scan_processes`, `scan_streams`, `scan_blocks`).
void create_metadata_tables(duckdb_connection connection, RequestRegistry& requests,
                            std::shared_ptr<lake::Lake> lake);

}  // namespace micromegas::query
