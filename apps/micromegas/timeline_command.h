#pragma once

#include <memory>

#include "apps/micromegas/command.h"

namespace micromegas::cli {

/// `micromegas timeline`: draws the async spans of a process by thread.
std::unique_ptr<Command> make_timeline_command();

}  // namespace micromegas::cli
