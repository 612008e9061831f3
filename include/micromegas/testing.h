#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Asserting in a test what a piece of code records.
///
///     micromegas::testing::Recording recording;
///     shop.checkout();
///     const auto recorded = recording.take();
///
///     CHECK(recorded.span("pay").parent == "checkout");
///     CHECK(recorded.tree() == "checkout\n"
///                              "  reserve\n"
///                              "  pay error\n");
///
/// (`checkout`, `reserve` and `pay` are async spans here: a thread span has none as its parent.)
///
/// Everything compares and prints as text, in GoogleTest, Catch2 and whatever prints with `<<`;
/// what is asked for and was not recorded is an exception that shows all that was.
///
/// The library is `micromegas::testing` in CMake; it needs no server and no sink.
namespace micromegas::testing {

using Properties = std::vector<std::pair<std::string, std::string>>;

/// A span of a thread or an async span, its begin and end put together.
struct Span {
  std::string kind;  ///< "thread" or "async".
  std::string name;
  std::string target;
  std::string file;
  std::uint32_t line = 0;

  /// The name of the span around it, which is of the same kind; empty: a root.
  std::string parent;
  std::uint32_t depth = 0;
  /// "ok", "error", "cancelled", or "open": it has not ended yet.
  std::string outcome;
  std::string error;           ///< Why it ended with an error, where that was said.
  std::string thread;          ///< The name of the thread that it began on,
  std::string end_thread;      ///< and of the one that it ended on. Many threads bear the same.
  std::int64_t thread_id = 0;  ///< What tells them apart: the system's number of a thread.
  std::int64_t end_thread_id = 0;
  Properties properties;
  std::size_t suspensions = 0;  ///< Where they are recorded.
  std::chrono::nanoseconds duration{0};

  std::uint64_t span_id = 0;  ///< Of an async span.
  std::uint64_t parent_span_id = 0;
};

struct Log {
  std::string level;  ///< "fatal", "error", "warn", "info", "debug", "trace".
  std::string target;
  std::string message;
  Properties properties;
};

struct Metric {
  std::string name;
  std::string unit;
  std::string target;
  double value = 0;
  Properties properties;
};

// One line each.
std::ostream& operator<<(std::ostream& out, const Span& span);
std::ostream& operator<<(std::ostream& out, const Log& log);
std::ostream& operator<<(std::ostream& out, const Metric& metric);

/// What was asked for is not there, or not once. Its text shows all that is.
class NotRecorded : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// What was recorded until a moment. Immutable.
class Recorded {
 public:
  Recorded(std::vector<Span> spans, std::vector<Log> logs, std::vector<Metric> metrics);

  // In the order in which they happened: spans in that of their begin.

  const std::vector<Span>& spans() const noexcept { return spans_; }
  const std::vector<Log>& logs() const noexcept { return logs_; }
  const std::vector<Metric>& metrics() const noexcept { return metrics_; }

  /// The only span of that name. Throws `NotRecorded` when there is none, or are several.
  const Span& span(std::string_view name) const;
  /// The only log whose message contains that text; the only metric of that name. Likewise.
  const Log& log(std::string_view text) const;
  const Metric& metric(std::string_view name) const;

  std::vector<Span> spans_named(std::string_view name) const;
  std::vector<Metric> metrics_named(std::string_view name) const;
  std::size_t count(std::string_view span_name) const noexcept;

  /// All spans, a line each, children indented below their parents, in the order of their begins.
  /// What did not end well says so behind its name: `error`, `cancelled`, `open`. First the async
  /// spans, then those of each thread.
  std::string tree() const;

 private:
  std::vector<Span> spans_;
  std::vector<Log> logs_;
  std::vector<Metric> metrics_;
};

/// Spans, logs and metrics, a line each.
std::ostream& operator<<(std::ostream& out, const Recorded& recorded);

/// Records what all threads of the process do, from its construction to its destruction, and keeps
/// it. One at a time, and none beside a `TelemetryGuard`: throws `std::logic_error` when something
/// is recorded already.
///
/// Spans, metrics, and logs down to `info` are recorded, whatever the environment says: a test does
/// the same everywhere. What `set_target` and its like (target.h) say holds, before a recording and
/// in it; call `set_suspensions("1")` for `Span::suspensions`. It outlasts the recording.
class Recording {
 public:
  Recording();
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// All that has been recorded since the beginning, up to this call: no need to wait for anything.
  Recorded take();

 private:
  class Sink;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace micromegas::testing
