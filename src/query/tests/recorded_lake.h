#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query/engine.h"
#include "recorded_process.h"

namespace micromegas::query {

/// A recorded process and an engine over its lake.
///
///     RecordedLake app;
///     const auto ui = app.thread("ui");
///     app.at(10ns).begin(ui, "request");
///     app.flush();
///     CHECK(app.rows("SELECT name FROM view_instance('async_events', '$process')") ==
///     "request\n");
class RecordedLake : public views::RecordedProcess {
 public:
  RecordedLake() : RecordedLake(EngineOptions{}) {}
  explicit RecordedLake(const EngineOptions& options) : engine_(lake().lake(), options) {}

  Engine& engine() { return engine_; }

  /// `$process` becomes the process's id.
  std::string sql(std::string_view text) const;

  std::string rows(std::string_view text, const RequestOptions& request = {});
  std::string schema(std::string_view text, const RequestOptions& request = {});

  /// The kind and text of the error that the statement ends with; "no error" otherwise.
  std::string error(std::string_view text, const RequestOptions& request = {});

  /// Nanoseconds since the process's start as a request's range.
  static TimeRange range(std::int64_t begin, std::int64_t end);

 private:
  Engine engine_;
};

}  // namespace micromegas::query
