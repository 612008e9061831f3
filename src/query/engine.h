#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.h"
#include "base/time.h"
#include "lake/lake.h"

namespace arrow {
class RecordBatchReader;
class Schema;
}  // namespace arrow

namespace micromegas::query {

struct EngineOptions {
  std::size_t memory_limit = std::size_t{1} << 30;  ///< Of SQL; beyond it, operators spill.
  std::filesystem::path
      spill_folder;  ///< Empty: a folder of its own under the system's temporary one.
  std::size_t spill_limit = std::size_t{16} << 30;
  std::size_t threads = 0;                  ///< 0: as many as there are cores.
  std::size_t materialization_threads = 0;  ///< 0: as many as there are cores.
  std::size_t materialization_memory = std::size_t{256} << 20;
};

/// What a request says beside its SQL.
struct RequestOptions {
  /// Filters every scan, each view by its own columns (docs/reference/sql.md).
  std::optional<TimeRange> range;

  /// Cuts the result after the SQL's own LIMIT.
  std::optional<std::uint64_t> limit;

  /// Keeps dictionary encoding in the result where the view's column has it.
  bool preserve_dictionary = false;

  /// Set from outside when the client goes away: work stops within a second.
  CancellationToken cancel;
};

/// Answers SQL over one lake: one DuckDB database, a connection per request. Any thread may call.
///
/// Errors: `Error` with kInvalidArgument (bad SQL, refused statement, unknown view or process),
/// kUnimplemented, kResourceExhausted (memory limit), kCancelled, kUnavailable, kInternal.
class Engine {
 public:
  Engine(std::shared_ptr<lake::Lake> lake, const EngineOptions& options);
  ~Engine();

  /// The schema of the result, without materialising or scanning anything.
  std::shared_ptr<arrow::Schema> schema_of(std::string_view sql, const RequestOptions& request);

  /// Starts the query and returns a reader that pulls its batches. Zero rows still have the schema.
  /// The reader keeps what it needs alive; it must not outlive the engine. Its statuses become
  /// `Error` again by `query/status.h`.
  std::shared_ptr<arrow::RecordBatchReader> execute(std::string_view sql,
                                                    const RequestOptions& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace micromegas::query
