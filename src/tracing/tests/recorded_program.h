#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "recorded_messages.h"
#include "tracing/recorder.h"

namespace micromegas::tracing {

/// An event as a reader of the blocks sees it.
struct Event {
  std::string type;  ///< `BeginAsyncSpanEvent`, ...
  std::string name;
  std::string target;
  std::string thread;  ///< `thread-name` of its stream.
  std::int64_t time = 0;
  std::uint64_t span_id = 0;
  std::uint64_t parent_span_id = 0;
  std::uint32_t depth = 0;
  std::uint32_t outcome = 0;  ///< Of the end of an async span.

  bool is_begin() const { return type.starts_with("Begin"); }
};

/// What is said of an async span between its begin and its end.
struct Detail {
  std::string type;  ///< `AsyncSpanSuspendEvent`, ...
  std::string thread;
  std::int64_t time = 0;
  std::uint64_t span_id = 0;
  std::uint64_t awaited_span_id = 0;
  std::string text;  ///< `name=value;...`, the message, or the function that waits.
  std::uint32_t line = 0;
};

/// A block as it was handed to the sink.
struct Block {
  StreamKind kind = StreamKind::kThread;
  StreamId stream_id;
  std::string thread;
  Ticks begin;
  Ticks end;
  std::int64_t object_offset = 0;
  std::int32_t nb_objects = 0;
  std::vector<Event> events;
  std::vector<Detail> details;
  std::vector<Message> messages;
};

/// Records the test program itself, from construction to `stop`, and reads its blocks back with the
/// decoder that servers use.
class RecordedProgram {
 public:
  explicit RecordedProgram(RecorderOptions options = {});
  ~RecordedProgram();

  Recorder& recorder() { return *recorder_; }
  void flush() { recorder_->flush(); }

  /// Ends the recording; the functions below see everything then.
  void stop();

  ProcessDescription process() const;
  std::vector<StreamDescription> streams() const;
  /// Of threads: spans, and details of them.
  std::vector<Block> blocks() const;
  std::vector<Block> blocks(StreamKind kind) const;
  /// In the order of their blocks.
  std::vector<Message> logs() const;
  std::vector<Message> metrics() const;
  /// Of all blocks, by time.
  std::vector<Event> events() const;
  std::vector<Event> events_named(std::string_view name) const;
  /// What is said of the only span of that name, by time.
  std::vector<Detail> details_of(std::string_view name) const;
  /// The same as words: `suspend`, `resume`, `properties user=ann;`, `error why`.
  std::string story_of(std::string_view name) const;
  /// The begin of the only span of that name.
  Event begin_of(std::string_view name) const;
  Event end_of(std::string_view name) const;
  /// The name of the span that the only span `name` begins in; empty: it is a root.
  std::string parent_of(std::string_view name) const;

  /// All spans, a line each, children indented below their parents, in order of begin. A span that
  /// has no end says so.
  std::string tree() const;

 private:
  struct Received;
  class Sink;

  std::shared_ptr<Received> received_;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace micromegas::tracing
