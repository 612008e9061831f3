#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_view.h"
#include "base/ids.h"
#include "base/time.h"
#include "tracing/log_line.h"
#include "transit/stream_types.h"

namespace micromegas::tracing {

/// Key-value pairs of a process or a stream.
using Properties = std::vector<std::pair<std::string, std::string>>;

/// The program that is being recorded. Its ticks are nanoseconds since 1970, from a start on a
/// whole microsecond: what any reader makes of them is exact.
struct ProcessDescription {
  ProcessId process_id;
  std::string exe;
  std::string username;
  std::string realname;
  std::string computer;
  std::string distro;
  std::string cpu_brand;
  Timestamp start_time;
  std::optional<ProcessId> parent_process_id;
  Properties properties;

  static constexpr std::int64_t kTicksPerSecond = 1'000'000'000;
  Ticks start_ticks() const noexcept { return {start_time.ns}; }
};

/// What a stream carries; decides over its priority and which losses hurt.
///
/// Details (suspensions, properties, errors of async spans) lie beside the events of their thread.
enum class StreamKind { kThread, kAsyncDetail, kLog, kMetrics, kCrash, kLast = kCrash };

struct StreamDescription {
  StreamId stream_id;
  StreamKind kind = StreamKind::kThread;
  Properties properties;

  const transit::StreamTypes& types() const;
};

/// The stream of a thread. An empty name: it has none.
StreamDescription thread_stream(StreamId stream_id, std::int32_t thread_id, std::string_view name);

/// Consecutive events of one stream. Ticks are absolute; `begin` is the `end` of the stream's block
/// before, exactly.
struct ClosedBlock {
  StreamId stream_id;
  StreamKind kind = StreamKind::kThread;
  Ticks begin;
  Ticks end;
  std::int64_t object_offset = 0;  ///< Events in all earlier blocks of the stream.
  std::int32_t nb_objects = 0;
  ByteView dependencies;  ///< Valid during the call only; not compressed.
  ByteView objects;
  /// What keeps the block for the case that the process dies: until nobody holds this any more. A
  /// sink that delivers later holds it until then. Null: nothing does.
  std::shared_ptr<const void> evidence = {};
};

/// What was lost since the process began, each kind by its number.
struct Losses {
  std::uint64_t dropped_events = 0;          ///< Found no memory.
  std::uint64_t names_refused = 0;           ///< Run-time names beyond the bound.
  std::uint64_t truncated_logs = 0;          ///< Longer than a log can be.
  std::uint64_t properties_refused = 0;      ///< Found no room in their set.
  std::uint64_t properties_lost = 0;         ///< Sets that were replaced before their last event.
  std::uint64_t dropped_requests = 0;        ///< The sink's: never delivered ...
  std::uint64_t dropped_request_events = 0;  ///< ... and the events in them.
};

/// Where recorded events go. All calls come from the collector's thread, one after the other: the
/// process first, a stream before its first block. None may throw; a sink that must wait for
/// something has a thread of its own, and counts what it has to drop.
class EventSink {
 public:
  virtual ~EventSink() = default;

  virtual void on_process(const ProcessDescription& process) noexcept = 0;
  virtual void on_stream(const StreamDescription& stream) noexcept = 0;
  virtual void on_block(const ClosedBlock& block) noexcept = 0;

  /// Whether `on_log` is called. The collector then looks for logs several times a second.
  virtual bool wants_logs() const noexcept { return false; }
  /// A log, soon after it happened, whether or not it is in a block already; `on_logs_end` follows
  /// the last of those that were found together. Their order is that of time as far as they were.
  virtual void on_log(const LogLine&) noexcept {}
  virtual void on_logs_end() noexcept {}

  /// The sink's own.
  virtual Losses losses() const noexcept { return {}; }

  /// No more will come. Delivers what it still holds, until `deadline` at the latest.
  virtual void drain(std::chrono::steady_clock::time_point deadline) noexcept = 0;
};

}  // namespace micromegas::tracing
