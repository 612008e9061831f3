#pragma once

#include "base/cancellation.h"

namespace micromegas::cli {

/// A token that the first Ctrl-C of the process sets, so that the command ends in order: the server
/// is told, half a file is removed. The second Ctrl-C kills as usual.
CancellationToken cancelled_by_interrupt();

}  // namespace micromegas::cli
