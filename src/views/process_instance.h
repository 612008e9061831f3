#pragma once

#include <string_view>

#include "base/ids.h"
#include "lake/lake.h"

namespace micromegas::views {

/// Reads the instance of a view set whose instances are processes, in whatever form a UUID may be
/// written. Throws `Error{kInvalidArgument}` for 'global', for text that is not a UUID, and for a
/// process that the lake does not know.
ProcessId parse_process_instance(const lake::Lake& lake, std::string_view view_set,
                                 std::string_view view_instance);

}  // namespace micromegas::views
