#pragma once

#include <memory>

#include "apps/micromegas/command.h"

namespace micromegas::cli {

/// `micromegas serve`: one process that takes what producers post, answers SQL, and keeps its lake
/// tidy, or some of these. Runs until SIGTERM or SIGINT, then ends with 0 and loses nothing.
std::unique_ptr<Command> make_serve_command();

}  // namespace micromegas::cli
