#include "lake/sqlite_schema.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <unistd.h>

#include "base/error.h"
#include "lake/file_handle.h"
#include "lake/lake.h"

namespace micromegas::lake {
namespace {

// Ids are blobs of 16 bytes, times are nanoseconds since 1970 UTC, tags and properties are JSON.
//
// blocks: AUTOINCREMENT, so that no sequence is ever given twice, also after rows were deleted.
// Insert times grow with the sequence; the unique index both proves it and finds the newest.
//
// block_totals: kept beside the blocks in the same transaction, so that listing processes and
// streams costs their number, not that of their blocks.
constexpr const char* kTables = R"(
CREATE TABLE processes (
  process_id        BLOB PRIMARY KEY,
  exe               TEXT NOT NULL,
  username          TEXT NOT NULL,
  realname          TEXT NOT NULL,
  computer          TEXT NOT NULL,
  distro            TEXT NOT NULL,
  cpu_brand         TEXT NOT NULL,
  tsc_frequency     INTEGER NOT NULL,
  start_time        INTEGER NOT NULL,
  start_ticks       INTEGER NOT NULL,
  parent_process_id BLOB,
  properties        TEXT NOT NULL,
  insert_time       INTEGER NOT NULL
);
CREATE INDEX processes_by_insert_time ON processes (insert_time, process_id);

CREATE TABLE streams (
  stream_id             BLOB PRIMARY KEY,
  process_id            BLOB NOT NULL,
  dependencies_metadata BLOB NOT NULL,
  objects_metadata      BLOB NOT NULL,
  tags                  TEXT NOT NULL,
  properties            TEXT NOT NULL,
  format                TEXT NOT NULL,
  insert_time           INTEGER NOT NULL
);
CREATE INDEX streams_by_process ON streams (process_id);
CREATE INDEX streams_by_insert_time ON streams (insert_time, stream_id);

CREATE TABLE blocks (
  sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
  block_id      BLOB NOT NULL UNIQUE,
  stream_id     BLOB NOT NULL,
  process_id    BLOB NOT NULL,
  begin_time    INTEGER NOT NULL,
  begin_ticks   INTEGER NOT NULL,
  end_time      INTEGER NOT NULL,
  end_ticks     INTEGER NOT NULL,
  object_offset INTEGER NOT NULL,
  nb_objects    INTEGER NOT NULL,
  payload_size  INTEGER NOT NULL,
  payload       TEXT NOT NULL,
  insert_time   INTEGER NOT NULL
);
CREATE INDEX blocks_by_process ON blocks (process_id);
CREATE UNIQUE INDEX blocks_by_insert_time ON blocks (insert_time);

CREATE TABLE block_totals (
  process_id       BLOB NOT NULL,
  stream_id        BLOB NOT NULL,
  last_insert_time INTEGER NOT NULL,
  last_end_ticks   INTEGER NOT NULL,
  last_end_time    INTEGER NOT NULL,
  nb_blocks        INTEGER NOT NULL,
  nb_events        INTEGER NOT NULL,
  PRIMARY KEY (process_id, stream_id)
) WITHOUT ROWID;

CREATE TABLE partitions (
  partition_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  view_set          TEXT NOT NULL,
  view_instance     TEXT NOT NULL,
  schema_hash       BLOB NOT NULL,
  begin_insert_time INTEGER NOT NULL,
  end_insert_time   INTEGER NOT NULL,
  source_data_hash  BLOB NOT NULL,
  min_event_time    INTEGER,
  max_event_time    INTEGER,
  file_path         TEXT NOT NULL,
  file_size         INTEGER NOT NULL,
  num_rows          INTEGER NOT NULL,
  nb_blocks         INTEGER NOT NULL,
  updated           INTEGER NOT NULL,
  UNIQUE (view_set, view_instance, schema_hash, begin_insert_time)
);

CREATE TABLE block_errors (
  partition_id INTEGER NOT NULL,
  process_id   BLOB NOT NULL,
  stream_id    BLOB NOT NULL,
  block_id     BLOB NOT NULL,
  stage        TEXT NOT NULL,
  byte_offset  INTEGER NOT NULL,
  reason       TEXT NOT NULL
);
CREATE INDEX block_errors_by_partition ON block_errors (partition_id);

CREATE TABLE temporary_files (
  file_path  TEXT PRIMARY KEY,
  file_size  INTEGER NOT NULL,
  expiration INTEGER NOT NULL
);
CREATE INDEX temporary_files_by_expiration ON temporary_files (expiration);

CREATE TABLE tick_estimates (
  process_id    BLOB PRIMARY KEY,
  frequency     INTEGER NOT NULL,
  ticks_covered INTEGER NOT NULL
) WITHOUT ROWID;
)";

std::int64_t schema_version(SqliteConnection& connection) {
  auto query = connection.query("PRAGMA user_version");
  query.next();
  return query.integer(0);
}

}  // namespace

void make_database(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return;
  // Turning a database to WAL mode cannot wait for another process that does the same, hence a file
  // that is nobody else's.
  const std::filesystem::path folder = file.parent_path();
  const std::filesystem::path temporary =
      folder / (".metadata-" + Uuid::random().to_string() + ".db");
  {
    SqliteConnection connection(temporary);
    // Readers never wait for the writer, and a commit is one append. The file remembers it.
    connection.execute("PRAGMA journal_mode = WAL");
    SqliteTransaction transaction(connection, SqliteTransaction::Mode::kWrite);
    connection.execute(kTables);
    connection.execute("PRAGMA user_version = " + std::to_string(kLakeFormatVersion));
    transaction.commit();
  }  // Closing it leaves one file, all of it synced.
  const bool named = ::link(temporary.c_str(), file.c_str()) == 0;
  const int error = errno;
  std::filesystem::remove(temporary, ignored);
  if (!named && error != EEXIST) {
    throw unavailable("cannot make " + file.string() + ": " +
                      std::generic_category().message(error));
  }
  sync_folder(folder);
}

void configure_connection(SqliteConnection& connection, const std::filesystem::path& file) {
  connection.execute(
      // Syncs that append: what was committed survives a power cut.
      "PRAGMA synchronous = FULL;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -8000;"
      "PRAGMA wal_autocheckpoint = 4000;");
  check_database_version(schema_version(connection), kLakeFormatVersion, file);
}

void check_database_version(std::int64_t found, std::int64_t newest_known,
                            const std::filesystem::path& file) {
  if (found < 1) {  // SQLite's own is 0: a file that somebody else made, or an empty one.
    throw invalid_argument(file.string() + " is not the database of a lake");
  }
  if (found > newest_known) {
    throw invalid_argument(file.string() + " has format " + std::to_string(found) +
                           "; this program reads up to " + std::to_string(newest_known) +
                           ": use a newer program");
  }
}

}  // namespace micromegas::lake
