#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "test_lake.h"
#include "transit/thread_block_encoder.h"

namespace micromegas::views {

struct ChildOf {
  std::string_view name;
};

/// An instrumented program as a test tells it: the clock is set, spans are known by their names,
/// blocks land in a lake of its own.
///
///     RecordedProcess app;
///     const auto ui = app.thread("ui");
///     app.at(10ns).begin(ui, "request");
///     app.at(40ns).end(ui, "request");
///
/// Threads keep their events until `flush`.
class RecordedProcess {
 public:
  struct Options {
    std::int64_t tsc_frequency =
        1'000'000'000;             ///< A tick is a nanosecond. 0: the program does not know.
    bool register_streams = true;  ///< False: `register_stream` does, later.
  };

  /// A thread: the position of its stream.
  using Thread = std::size_t;

  RecordedProcess() : RecordedProcess(Options{}) {}
  explicit RecordedProcess(Options options);

  Thread thread(std::string_view name);

  /// Sets the clock, counted from the process's start.
  RecordedProcess& at(std::chrono::nanoseconds since_start);

  /// The system clock is ahead of the ticks by so much: what an unknown frequency is estimated
  /// from.
  void set_clock_error(std::chrono::nanoseconds ahead) { clock_error_ = ahead.count(); }

  void begin(Thread thread, std::string_view span);
  void begin(Thread thread, std::string_view span, ChildOf parent);
  void end(Thread thread, std::string_view span,
           transit::SpanOutcome outcome = transit::SpanOutcome::kOk);

  /// A span whose name comes with each event instead of the call site.
  void begin_named(Thread thread, std::string_view span);
  void end_named(Thread thread, std::string_view span);

  void begin_thread_span(Thread thread, std::string_view span);
  void end_thread_span(Thread thread, std::string_view span);

  /// Ships the thread's events as one block, even if there are none.
  void flush(Thread thread);

  /// Ships what every thread has, as one block each.
  void flush();

  /// The thread's events as the body of a block that is not shipped.
  wire::BlockMessage take_block(Thread thread);

  void register_stream(Thread thread);

  const TestLake& lake() const { return lake_; }
  ProcessId process_id() const { return process_.process_id; }
  const wire::ProcessInfo& process() const { return process_; }
  std::shared_ptr<const View> view() const { return async_events_view(process_id()); }
  StreamId stream_id(Thread thread) const { return threads_[thread].stream.stream_id; }
  std::int64_t span_id(std::string_view span) const {
    return static_cast<std::int64_t>(spans_.find(span)->second.span_id);
  }
  /// The name of the thread, or "?".
  std::string thread_name(std::string_view stream_id) const;
  /// The name of the span, or "-".
  std::string span_name(std::optional<std::int64_t> span_id) const;

 private:
  struct ThreadState {
    std::string name;
    wire::StreamInfo stream;
    transit::ThreadBlockEncoder encoder;
    std::int64_t object_offset = 0;
    std::int64_t begin_ticks = 0;
  };

  const transit::CallSite& site(std::string_view span);
  const transit::AsyncSpanIds& open(std::string_view span, transit::AsyncSpanIds parent);
  Ticks now() const;
  Timestamp system_time(std::int64_t since_start) const;

  TestLake lake_;
  wire::ProcessInfo process_;
  const Options options_;
  std::int64_t clock_ = 0;
  std::int64_t clock_error_ = 0;
  std::deque<ThreadState> threads_;
  std::deque<std::string> texts_;
  std::map<std::string, std::unique_ptr<transit::CallSite>, std::less<>> sites_;
  std::map<std::string, transit::AsyncSpanIds, std::less<>> spans_;
  std::uint64_t last_span_id_ = 0;
};

/// The rows of `async_events` in the order of time, one a line: time since the process's start,
/// event, span, parent, thread. Ids print as the names that the test gave; columns are padded to
/// the same width.
std::string rows_of(RecordedProcess& app, std::string_view view_set);

}  // namespace micromegas::views
