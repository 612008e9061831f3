#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/micromegas/command.h"

namespace micromegas::cli {

/// `micromegas processes`: which programs have sent something, newest first.
std::unique_ptr<Command> make_processes_command();

/// The SELECT that it asks: the newest `limit` processes with their totals.
std::string newest_processes_sql(std::uint64_t limit);

}  // namespace micromegas::cli
