#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/api_keys.h"
#include "flight/server.h"
#include "ingestion/http_server.h"

namespace micromegas::cli {

/// What the command line of `micromegas serve` says, as text: the next step makes sense of it.
struct ServeArguments {
  std::vector<std::string> roles{"all"};
  std::string lake;
  std::string http = "127.0.0.1:9000";
  std::string flight = "127.0.0.1:50051";
  bool disable_auth = false;
  std::string memory_limit;
  std::string spill_folder;
  std::size_t materialization_threads = 0;
  std::string log_level = "info";
};

/// A checked plan of what to start.
struct ServePlan {
  bool ingestion = false;
  bool flightsql = false;
  bool maintenance = false;
  std::filesystem::path lake;
  ingestion::HttpServerOptions http;
  flight::ServerOptions flight;
  std::vector<std::string> warnings;  ///< For the log, once it is there.
};

/// Reads one variable of the environment; empty: not set.
using Environment = std::function<std::string(const char*)>;

/// Environment of this process.
std::string environment_variable(const char* name);

/// Makes a plan, or throws `UsageError` or `Error{kInvalidArgument}` saying what to change:
///
/// - without `MICROMEGAS_API_KEYS` only loopback is served, unless `--disable-auth`;
/// - a security setting that is not supported stops the start: ignoring it would open a door;
/// - so does a database or an object store that is named but cannot be used yet.
ServePlan plan_to_serve(const ServeArguments& arguments, const Environment& environment);

/// `host:port`, `[::1]:port`. Throws `UsageError` naming `option`.
struct Endpoint {
  std::string host;
  int port = 0;
};
Endpoint parse_endpoint(const char* option, std::string_view text);

/// True for the addresses that only this machine can reach.
bool is_loopback(const std::string& host);

/// `1500000`, `512MB`, `512MiB`, `4GiB`. Throws `UsageError` naming `option`.
std::size_t parse_size(const char* option, std::string_view text);

/// Where a lake is kept when nobody says: below `$XDG_DATA_HOME`, or `~/.local/share`.
std::filesystem::path default_lake(const Environment& environment);

}  // namespace micromegas::cli
