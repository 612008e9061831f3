#pragma once

#include <filesystem>
#include <memory>

#include "apps/micromegas/target/query_target.h"

namespace micromegas::cli {

/// Answers from a lake folder without any server; one may be at work on the same folder. Partitions
/// that a query needs are built into the folder, as a server would.
/// Throws `Error{kUnavailable}` when there is no lake at `folder`.
std::unique_ptr<QueryTarget> open_lake_target(const std::filesystem::path& folder);

}  // namespace micromegas::cli
