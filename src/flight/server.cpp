#include "flight/server.h"

#include <utility>

#include "auth/api_keys.h"
#include "flight/flight_sql_server.h"

namespace micromegas::flight {

std::unique_ptr<Server> Server::start(std::shared_ptr<lake::Lake> lake,
                                      const ServerOptions& options) {
  auto keys = auth::ApiKeys::parse(options.api_keys_json);
  auto server = std::make_unique<FlightSqlServer>(std::move(lake), options.engine);
  server->listen(options.host, options.port, std::move(keys));
  return server;
}

}  // namespace micromegas::flight
