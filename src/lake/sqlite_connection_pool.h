#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "lake/sqlite.h"

namespace micromegas::lake {

/// Connections for reading: each call of the store takes one, so that a long scan keeps nobody
/// waiting. Made when all are in use, kept for the next caller.
class SqliteConnectionPool {
 public:
  /// Gives the connection back when it goes.
  class Lease {
   public:
    Lease(SqliteConnectionPool& pool, std::unique_ptr<SqliteConnection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    SqliteConnection& operator*() const { return *connection_; }
    SqliteConnection* operator->() const { return connection_.get(); }

   private:
    SqliteConnectionPool& pool_;
    std::unique_ptr<SqliteConnection> connection_;
  };

  explicit SqliteConnectionPool(std::filesystem::path file) : file_(std::move(file)) {}

  /// Any thread.
  Lease take();

 private:
  void give_back(std::unique_ptr<SqliteConnection> connection) noexcept;

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

}  // namespace micromegas::lake
