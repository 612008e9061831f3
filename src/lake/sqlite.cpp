#include "lake/sqlite.h"

#include <cstring>

#include <sqlite3.h>

#include "base/error.h"

namespace micromegas::lake {
namespace {

// Long enough for another process's commit on a slow disk; a caller that waited so long is better
// off with an answer.
constexpr int kBusyTimeoutMs = 10'000;

bool may_pass(int code) {
  switch (code & 0xff) {  // The low byte is the primary code.
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return false;
  }
}

[[noreturn]] void fail(sqlite3* database, const char* doing) {
  const int code = sqlite3_extended_errcode(database);
  std::string message = std::string("metadata database: ") + doing + ": ";
  message += (code & 0xff) == SQLITE_FULL ? "the disk is full" : sqlite3_errmsg(database);
  message += " (SQLite code " + std::to_string(code) + ")";
  throw Error(may_pass(code) ? ErrorKind::kUnavailable : ErrorKind::kInternal, message);
}

void check(sqlite3_stmt* statement, int code, const char* doing) {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement), doing);
}

}  // namespace

// --- SqliteQuery -----------------------------------------------------------------------------

SqliteQuery::~SqliteQuery() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool SqliteQuery::next() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      fail(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
  }
}

bool SqliteQuery::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteQuery::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string SqliteQuery::text(int column) const { return std::string(as_text(blob(column))); }

ByteView SqliteQuery::blob(int column) const {
  // In this order: the pointer's conversion decides the length.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

Bytes SqliteQuery::bytes(int column) const {
  const ByteView view = blob(column);
  return {view.begin(), view.end()};
}

Uuid SqliteQuery::uuid(int column) const {
  const ByteView view = blob(column);
  Uuid id;
  if (view.size() != id.bytes.size()) {
    throw Error(ErrorKind::kInternal, "metadata database: an id has " +
                                          std::to_string(view.size()) + " bytes instead of 16");
  }
  std::memcpy(id.bytes.data(), view.data(), view.size());
  return id;
}

void SqliteQuery::bind(int index, std::int64_t value) {
  check(statement_, sqlite3_bind_int64(statement_, index, value), "bind");
}

void SqliteQuery::bind(int index, std::nullopt_t) {
  check(statement_, sqlite3_bind_null(statement_, index), "bind");
}

void SqliteQuery::bind(int index, std::string_view text) {
  // SQLite takes a null pointer for NULL; an empty text is not that.
  const char* data = text.data() == nullptr ? "" : text.data();
  check(statement_,
        sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8),
        "bind");
}

void SqliteQuery::bind(int index, ByteView blob) {
  const void* data = blob.data() == nullptr ? "" : static_cast<const void*>(blob.data());
  check(statement_, sqlite3_bind_blob64(statement_, index, data, blob.size(), SQLITE_STATIC),
        "bind");
}

// --- SqliteConnection ------------------------------------------------------------------------

/// Owns a prepared statement together with the text that finds it again.
struct SqliteConnection::Statement {
  explicit Statement(std::string_view text) : sql(text) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(handle); }

  const std::string sql;
  sqlite3_stmt* handle = nullptr;
};

SqliteConnection::SqliteConnection(const std::filesystem::path& file) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(file.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    const std::string reason = database_ == nullptr ? "out of memory" : sqlite3_errmsg(database_);
    sqlite3_close_v2(database_);
    throw unavailable("metadata database " + file.string() + ": " + reason);
  }
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  sqlite3_close_v2(database_);
}

void SqliteConnection::execute(const std::string& script) {
  if (sqlite3_exec(database_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(database_, script.c_str());
  }
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

int SqliteConnection::changes() const { return sqlite3_changes(database_); }

sqlite3_stmt* SqliteConnection::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    return found->second->handle;
  }
  auto statement = std::make_unique<Statement>(sql);
  if (sqlite3_prepare_v3(database_, statement->sql.data(), static_cast<int>(statement->sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement->handle, nullptr) != SQLITE_OK) {
    fail(database_, statement->sql.c_str());
  }
  sqlite3_stmt* handle = statement->handle;
  const std::string_view key = statement->sql;
  statements_.emplace(key, std::move(statement));
  return handle;
}

// --- SqliteTransaction -----------------------------------------------------------------------

SqliteTransaction::SqliteTransaction(SqliteConnection& connection, Mode mode)
    : connection_(connection) {
  connection_.run(mode == Mode::kWrite ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

SqliteTransaction::~SqliteTransaction() {
  // After some errors (disk full, I/O) SQLite has rolled back by itself.
  if (!connection_.in_transaction()) return;
  try {
    connection_.run("ROLLBACK");
  } catch (const Error&) {
    // The transaction never commits, and that is all the destructor promises.
  }
}

void SqliteTransaction::commit() { connection_.run("COMMIT"); }

}  // namespace micromegas::lake
