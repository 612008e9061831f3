#pragma once

#include <memory>
#include <string>

#include "apps/micromegas/target/query_target.h"

namespace micromegas::cli {

/// Asks a server over Arrow Flight SQL. `uri` is `grpc://host:port`, `grpc+tls://host:port`, or the
/// same with http and https. An empty key sends none. The first query connects: without a server it
/// fails with `Error{kUnavailable}` whose text says how to start one.
std::unique_ptr<QueryTarget> connect_flight_target(const std::string& uri,
                                                   const std::string& api_key);

/// The URI in the spelling that Arrow knows: http becomes grpc, https becomes grpc+tls; a bare
/// `host:port` is grpc.
std::string grpc_uri(const std::string& uri);

}  // namespace micromegas::cli
