#pragma once

#include "base/byte_view.h"

namespace micromegas::fuzz {

/// A `CrashInput`: what this process would leave if it were killed while it records.
Bytes make_crash_seed();

}  // namespace micromegas::fuzz
