#pragma once

#include "apps/micromegas/target/query_target.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own.
class App;
}

namespace micromegas::cli {

/// Adds `--lake`, `--server` and `--api-key-file` to a sub-command.
void add_target_options(CLI::App& command, TargetOptions& options);

}  // namespace micromegas::cli
