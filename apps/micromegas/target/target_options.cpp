#include "apps/micromegas/target/target_options.h"

#include <CLI/CLI.hpp>

namespace micromegas::cli {

void add_target_options(CLI::App& command, TargetOptions& options) {
  auto* lake = command.add_option("--lake", options.lake,
                                  "Read this lake folder directly; no server is needed");
  command
      .add_option("--server", options.server,
                  "The server's address (default: $MICROMEGAS_ANALYTICS_URI, else "
                  "grpc://localhost:50051)")
      ->excludes(lake);
  command
      .add_option("--api-key-file", options.api_key_file,
                  "A file whose first line is the server's API key (default: $MICROMEGAS_API_KEY)")
      ->excludes(lake);
}

}  // namespace micromegas::cli
