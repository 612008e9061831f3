#pragma once

#include <memory>
#include <string>

#include "query/engine.h"

namespace micromegas::flight {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 50051;           ///< 0: any free one.
  std::string api_keys_json;  ///< `MICROMEGAS_API_KEYS`; empty: no authentication.
  query::EngineOptions engine;
};

/// Arrow Flight SQL in front of a lake: what the Python client, ADBC, JDBC and Grafana speak.
class Server {
 public:
  /// Listens when it returns. Throws `Error{kUnavailable}` naming the address if it cannot.
  static std::unique_ptr<Server> start(std::shared_ptr<lake::Lake> lake,
                                       const ServerOptions& options);

  virtual ~Server() = default;

  /// The port that it listens on.
  virtual int port() const = 0;

  /// Stops accepting, cancels what still runs after a short grace, and returns when all is quiet.
  virtual void stop() = 0;
};

}  // namespace micromegas::flight
