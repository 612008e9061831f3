#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/byte_view.h"
#include "base/ids.h"
#include "base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace micromegas::lake {

/// One running statement of a `SqliteConnection`. The statement itself stays in the connection's
/// cache; this object resets it when it goes, so that no read transaction outlives its reader.
///
///     for (auto query = connection.query("SELECT a FROM t WHERE b = ?", b); query.next();) ...
class SqliteQuery {
 public:
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;
  SqliteQuery(SqliteQuery&& other) noexcept : statement_(other.statement_) {
    other.statement_ = nullptr;
  }
  ~SqliteQuery();

  /// Steps to the next row; false: no more.
  bool next();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  ByteView blob(int column) const;  ///< Valid until the next call of `next`.
  Bytes bytes(int column) const;
  Timestamp time(int column) const { return {integer(column)}; }
  template <class SomeId>
  SomeId id(int column) const {
    return SomeId{uuid(column)};
  }

 private:
  friend class SqliteConnection;
  explicit SqliteQuery(sqlite3_stmt* statement) : statement_(statement) {}

  Uuid uuid(int column) const;

  void bind(int index, std::int64_t value);
  void bind(int index, std::nullopt_t);
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, ByteView blob);
  void bind(int index, const Bytes& blob) { bind(index, ByteView(blob)); }
  void bind(int index, Timestamp time) { bind(index, time.ns); }
  void bind(int index, Ticks ticks) { bind(index, ticks.value); }
  template <class Tag>
  void bind(int index, const Id<Tag>& id) {
    bind(index, std::as_bytes(std::span(id.uuid.bytes)));
  }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind(index, std::nullopt);
  }

  sqlite3_stmt* statement_;
};

/// Owns one handle of a SQLite database and its prepared statements. One thread at a time.
///
/// Every failure is an `Error`: `kUnavailable` when trying again later may help (disk full, I/O
/// error, another process holds the lock), else `kInternal`.
class SqliteConnection {
 public:
  /// Opens `file`, made when it is not there.
  explicit SqliteConnection(const std::filesystem::path& file);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection();

  /// Runs statements without parameters.
  void execute(const std::string& script);

  /// Prepares (once per text) and binds. One query per text may run at a time. The arguments must
  /// outlive the query: texts and blobs are not copied.
  template <class... Args>
  SqliteQuery query(std::string_view sql, const Args&... args) {
    SqliteQuery query(prepare(sql));
    int index = 0;
    (query.bind(++index, args), ...);
    return query;
  }

  /// Runs a statement that yields no rows; returns how many rows it changed.
  template <class... Args>
  int run(std::string_view sql, const Args&... args) {
    auto statement = query(sql, args...);
    while (statement.next()) {
    }
    return changes();
  }

  /// True within a transaction, also one that an error has begun to undo.
  bool in_transaction() const;

 private:
  struct Statement;

  sqlite3_stmt* prepare(std::string_view sql);
  int changes() const;

  sqlite3* database_ = nullptr;
  std::unordered_map<std::string_view, std::unique_ptr<Statement>> statements_;
};

/// Begun by the constructor, undone by the destructor unless committed.
class SqliteTransaction {
 public:
  enum class Mode {
    kRead,   ///< One snapshot for several queries; never waits.
    kWrite,  ///< Takes the database's one write lock at once, waiting for other processes.
  };

  SqliteTransaction(SqliteConnection& connection, Mode mode);
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction();

  /// Returns when the transaction is durable.
  void commit();

 private:
  SqliteConnection& connection_;
};

}  // namespace micromegas::lake
