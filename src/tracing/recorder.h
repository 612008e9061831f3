#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tracing/event_sink.h"

namespace micromegas::tracing {

struct RecorderOptions {
  /// Records thread spans and async spans. Off: the process is announced, nothing else.
  bool cpu_tracing = true;
  /// A block is closed when its events take so many bytes (before compression) ...
  std::size_t block_bytes = std::size_t{1} << 20;
  /// ... or when the last one was closed so long ago.
  std::chrono::nanoseconds flush_period = std::chrono::seconds(60);
  /// The most memory that recorded events take until they are blocks. Beyond it they are dropped.
  std::size_t buffer_bytes = std::size_t{32} << 20;
  /// How long stopping waits for the sink.
  std::chrono::nanoseconds drain_timeout = std::chrono::seconds(5);
  /// Off: events carry the monotonic clock even where the processor's counter would do.
  bool processor_counter = true;
  /// Where the recording is kept as a file, in case the process dies (crash_file.h). Empty:
  /// nowhere.
  std::string crash_folder = {};

  std::optional<ProcessId> parent_process_id = {};
  /// Added to what is found out about the process; they win.
  Properties process_properties = {};
};

struct RecorderStatistics {
  std::uint64_t events = 0;  ///< In blocks.
  std::uint64_t blocks = 0;
  std::uint64_t dropped_events = 0;  ///< No memory was left for them.
  std::uint64_t names_refused = 0;   ///< Run-time names beyond the bound.
};

class Collector;

/// Records what the process does, from its construction to its destruction, into a sink.
///
///     threads --records--> chunks --collector's thread--> blocks --> sink
///
/// There is one at a time: a second one, while the first lives, records nothing. Nothing it does
/// reaches the application: it never throws, never blocks a thread that records, and counts what it
/// loses.
class Recorder {
 public:
  Recorder(RecorderOptions options, std::unique_ptr<EventSink> sink);

  /// Stops.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  ProcessId process_id() const noexcept;
  bool recording() const noexcept;

  /// Hands all events recorded until now to the sink as blocks. Returns when that is done. Any
  /// thread.
  void flush();

  /// Closes the blocks of all threads, of those that still run and of those that have ended, and
  /// gives the sink `drain_timeout` to deliver them. Recording is over.
  void stop() noexcept;

  /// Any thread.
  RecorderStatistics statistics() const noexcept;

  /// Stays the same object as long as the recorder lives.
  EventSink& sink() noexcept;

 private:
  std::unique_ptr<Collector> collector_;
};

}  // namespace micromegas::tracing
