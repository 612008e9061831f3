#pragma once

#include <memory>

#include "apps/micromegas/command.h"

namespace micromegas::cli {

/// `micromegas query "SQL"`: asks a server or a lake folder and writes the rows.
std::unique_ptr<Command> make_query_command();

}  // namespace micromegas::cli
