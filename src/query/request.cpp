#include "query/request.h"

#include "query/duckdb_handles.h"

namespace micromegas::query {

std::shared_ptr<Request> RequestRegistry::find(idx_t connection_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = requests_.find(connection_id);
  return found == requests_.end() ? nullptr : found->second;
}

RequestScope::RequestScope(RequestRegistry& registry, duckdb_connection connection,
                           std::shared_ptr<Request> request)
    : registry_(registry) {
  DuckdbContext context;
  duckdb_connection_get_client_context(connection, context.out());
  connection_id_ = duckdb_client_context_get_connection_id(context.get());
  const std::lock_guard lock(registry_.mutex_);
  registry_.requests_[connection_id_] = std::move(request);
}

RequestScope::~RequestScope() {
  const std::lock_guard lock(registry_.mutex_);
  registry_.requests_.erase(connection_id_);
}

}  // namespace micromegas::query
