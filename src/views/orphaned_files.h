#pragma once

#include <cstddef>

#include "base/time.h"
#include "lake/lake.h"

namespace micromegas::views {

/// Deletes what killed builders left in the partitions' folder: files older than an hour that no
/// partition names and that are not retired either. Returns how many went; what cannot be deleted
/// is logged and left for another time.
std::size_t remove_orphaned_files(lake::Lake& lake, Timestamp now);

}  // namespace micromegas::views
