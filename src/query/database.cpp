#include "query/database.h"

#include <system_error>
#include <thread>

#include "base/ids.h"
#include "query/duckdb_error.h"

namespace micromegas::query {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result += quote;
}

void set(const DuckdbConfig& config, const char* name, const std::string& value) {
  if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess) {
    throw Error(ErrorKind::kInternal,
                std::string("DuckDB refuses the option ") + name + " = " + value);
  }
}

}  // namespace

std::string sql_literal(std::string_view text) { return quoted(text, '\''); }
std::string sql_identifier(std::string_view name) { return quoted(name, '"'); }

void run(duckdb_connection connection, const std::string& sql) {
  DuckdbResult result;
  if (duckdb_query(connection, sql.c_str(), result.get()) != DuckDBSuccess) {
    throw error_of_result(result.get());
  }
}

Database::Database(const EngineOptions& options, const std::filesystem::path& readable_folder)
    : readable_folder_(readable_folder) {
  auto spill_folder = options.spill_folder;
  if (spill_folder.empty()) {
    spill_folder =
        std::filesystem::temp_directory_path() / ("micromegas-spill-" + Uuid::random().to_string());
    own_spill_folder_ = spill_folder;
  }
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t threads = options.threads == 0 ? cores : options.threads;

  DuckdbConfig config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess) {
    throw Error(ErrorKind::kInternal, "cannot create DuckDB's options");
  }
  set(config, "memory_limit", std::to_string(options.memory_limit) + "B");
  set(config, "threads", std::to_string(threads));
  set(config, "temp_directory", spill_folder.string());
  set(config, "max_temp_directory_size", std::to_string(options.spill_limit) + "B");
  set(config, "integer_division", "true");
  set(config, "default_null_order", "nulls_last_on_asc_first_on_desc");
  // Order is what a query asks for; keeping more costs memory and threads.
  set(config, "preserve_insertion_order", "false");
  // Gives memory back seconds after a large query; without it the process keeps its peak for good.
  set(config, "allocator_background_threads", "true");
  set(config, "autoinstall_known_extensions", "false");
  set(config, "autoload_known_extensions", "false");

  char* reason = nullptr;
  if (duckdb_open_ext(":memory:", database_.out(), config.get(), &reason) != DuckDBSuccess) {
    throw Error(ErrorKind::kInternal, "cannot open DuckDB: " + take_text(reason));
  }
  const auto connection = connect();
  run(connection.get(), "SET GLOBAL TimeZone = 'UTC'");
  // Partitions never change, so their footers are read once.
  run(connection.get(), "SET GLOBAL parquet_metadata_cache = true");
}

Database::~Database() {
  database_ = {};
  if (!own_spill_folder_.empty()) {
    std::error_code ignored;  // DuckDB made it when it first spilled, and may have removed it.
    std::filesystem::remove_all(own_spill_folder_, ignored);
  }
}

DuckdbConnection Database::connect() {
  DuckdbConnection connection;
  if (duckdb_connect(database_.get(), connection.out()) != DuckDBSuccess) {
    throw Error(ErrorKind::kResourceExhausted, "cannot connect to the SQL engine");
  }
  return connection;
}

void Database::lock() {
  const auto connection = connect();
  run(connection.get(),
      "SET GLOBAL allowed_directories = [" + sql_literal(readable_folder_.string()) + "]");
  run(connection.get(), "SET GLOBAL enable_external_access = false");
  run(connection.get(), "SET GLOBAL lock_configuration = true");
}

}  // namespace micromegas::query
