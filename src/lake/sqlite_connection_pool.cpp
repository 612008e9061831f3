#include "lake/sqlite_connection_pool.h"

#include "lake/sqlite_schema.h"

namespace micromegas::lake {
namespace {

// A burst of readers leaves this many behind; each holds two files open and up to 8 MB of cache.
constexpr std::size_t kMaxIdle = 8;

}  // namespace

SqliteConnectionPool::Lease::~Lease() { pool_.give_back(std::move(connection_)); }

SqliteConnectionPool::Lease SqliteConnectionPool::take() {
  std::unique_ptr<SqliteConnection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection == nullptr) {
    connection = std::make_unique<SqliteConnection>(file_);
    configure_connection(*connection, file_);
  }
  return {*this, std::move(connection)};
}

void SqliteConnectionPool::give_back(std::unique_ptr<SqliteConnection> connection) noexcept {
  const std::lock_guard lock(mutex_);
  if (idle_.size() >= kMaxIdle) return;
  try {
    idle_.push_back(std::move(connection));
  } catch (const std::bad_alloc&) {
    // The connection is closed instead.
  }
}

}  // namespace micromegas::lake
