#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/cancellation.h"
#include "base/time.h"

namespace arrow {
class RecordBatchReader;
}

namespace micromegas::cli {

/// A question: SQL and what is said beside it.
struct Question {
  std::string sql;
  std::optional<TimeRange> range;      ///< Filters every scan of a view.
  std::optional<std::uint64_t> limit;  ///< Cuts the result after the SQL's own LIMIT.
  CancellationToken cancel;            ///< Once set, reading ends with `Error{kCancelled}`.
};

/// Whoever answers: a server over Flight SQL, or a lake folder in this very process.
///
/// One thread at a time. Errors: `Error`, also while reading (`next_batch`).
class QueryTarget {
 public:
  virtual ~QueryTarget() = default;

  /// Starts a query. The reader has the schema even for zero rows and must not outlive the target.
  virtual std::shared_ptr<arrow::RecordBatchReader> ask(const Question& question) = 0;
};

/// Which of them; filled from the command line.
struct TargetOptions {
  std::string lake;          ///< A folder; empty: ask the server.
  std::string server;        ///< Empty: `MICROMEGAS_ANALYTICS_URI`, else grpc://localhost:50051.
  std::string api_key_file;  ///< Empty: `MICROMEGAS_API_KEY`, else no key.
};

/// Opens the lake, or prepares the way to the server. Throws `Error`, `UsageError`.
std::unique_ptr<QueryTarget> open_target(const TargetOptions& options);

}  // namespace micromegas::cli
