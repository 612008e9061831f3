#pragma once

#include <string_view>

namespace micromegas {

/// A named point at which a test can kill this process, to show that nothing acknowledged is lost.
///
/// `MICROMEGAS_FAILPOINT=<name>[:<n>]` makes the n-th passage (first: 1) of the point `name` raise
/// SIGKILL. Without that variable a passage costs one relaxed load of a static. Any thread.
void failpoint(std::string_view name) noexcept;

}  // namespace micromegas
