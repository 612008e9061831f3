#pragma once

#include <memory>

#include "apps/micromegas/command.h"

namespace micromegas::cli {

/// `micromegas recover`: sends what crashed programs left in a folder.
std::unique_ptr<Command> make_recover_command();

}  // namespace micromegas::cli
