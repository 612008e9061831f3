#include "apps/micromegas/target/query_target.h"

#include <cstdlib>
#include <fstream>

#include "apps/micromegas/command.h"
#include "apps/micromegas/target/flight_target.h"
#include "apps/micromegas/target/lake_target.h"

namespace micromegas::cli {
namespace {

constexpr const char* kDefaultServer = "grpc://localhost:50051";

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// The key's file has one line. A key is never a command line argument: everybody on the machine
/// could read it there.
std::string read_api_key(const std::string& file) {
  if (file.empty()) return environment("MICROMEGAS_API_KEY", "");
  std::ifstream in(file);
  std::string key;
  if (!std::getline(in, key) || key.empty()) {
    throw UsageError("--api-key-file " + file + ": cannot read a key from its first line");
  }
  return key;
}

}  // namespace

std::unique_ptr<QueryTarget> open_target(const TargetOptions& options) {
  if (!options.lake.empty()) return open_lake_target(options.lake);
  const auto server = options.server.empty()
                          ? environment("MICROMEGAS_ANALYTICS_URI", kDefaultServer)
                          : options.server;
  return connect_flight_target(server, read_api_key(options.api_key_file));
}

}  // namespace micromegas::cli
