#pragma once

#include <string>
#include <utility>

#include <duckdb.h>

namespace micromegas::query {

/// Owns one handle of DuckDB's C API. `out()` is where a function of that API writes a new one.
template <class Handle, void (*kDestroy)(Handle*)>
class DuckdbHandle {
 public:
  DuckdbHandle() = default;
  explicit DuckdbHandle(Handle handle) noexcept : handle_(handle) {}
  DuckdbHandle(DuckdbHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  DuckdbHandle& operator=(DuckdbHandle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  DuckdbHandle(const DuckdbHandle&) = delete;
  DuckdbHandle& operator=(const DuckdbHandle&) = delete;
  ~DuckdbHandle() {
    if (handle_ != nullptr) kDestroy(&handle_);
  }

  Handle get() const noexcept { return handle_; }
  Handle* out() noexcept { return &handle_; }
  explicit operator bool() const noexcept { return handle_ != nullptr; }

 private:
  Handle handle_ = nullptr;
};

using DuckdbDatabase = DuckdbHandle<duckdb_database, duckdb_close>;
using DuckdbConfig = DuckdbHandle<duckdb_config, duckdb_destroy_config>;
using DuckdbConnection = DuckdbHandle<duckdb_connection, duckdb_disconnect>;
using DuckdbPrepared = DuckdbHandle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using DuckdbPending = DuckdbHandle<duckdb_pending_result, duckdb_destroy_pending>;
using DuckdbChunk = DuckdbHandle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using DuckdbType = DuckdbHandle<duckdb_logical_type, duckdb_destroy_logical_type>;
using DuckdbValue = DuckdbHandle<duckdb_value, duckdb_destroy_value>;
using DuckdbErrorData = DuckdbHandle<duckdb_error_data, duckdb_destroy_error_data>;
using DuckdbContext = DuckdbHandle<duckdb_client_context, duckdb_destroy_client_context>;
using DuckdbArrowOptions = DuckdbHandle<duckdb_arrow_options, duckdb_destroy_arrow_options>;
using DuckdbScalarFunction = DuckdbHandle<duckdb_scalar_function, duckdb_destroy_scalar_function>;
using DuckdbTableFunction = DuckdbHandle<duckdb_table_function, duckdb_destroy_table_function>;
using DuckdbCastFunction = DuckdbHandle<duckdb_cast_function, duckdb_destroy_cast_function>;
using DuckdbExpression = DuckdbHandle<duckdb_expression, duckdb_destroy_expression>;

/// Owns a result, streaming or not.
class DuckdbResult {
 public:
  DuckdbResult() : result_{} {}
  DuckdbResult(const DuckdbResult&) = delete;
  DuckdbResult& operator=(const DuckdbResult&) = delete;
  ~DuckdbResult() { duckdb_destroy_result(&result_); }

  duckdb_result* get() noexcept { return &result_; }

 private:
  duckdb_result result_;
};

/// Takes over a text that DuckDB allocated.
inline std::string take_text(char* text) {
  std::string copy = text == nullptr ? std::string() : std::string(text);
  duckdb_free(text);
  return copy;
}

}  // namespace micromegas::query
