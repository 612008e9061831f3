#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "recovery/replay.h"
#include "tracing/event_sink.h"

namespace micromegas::recovery {

/// Keeps what a replay hands over, and reads it with the decoder that servers use.
class ReplayedBlocks final : public tracing::EventSink, public ReplayPace {
 public:
  struct Event {
    std::string type;  ///< `BeginAsyncSpanEvent`, ...
    /// Of a span or a metric; the message of a log or an error; the function that waits.
    std::string name;
    std::string properties;  ///< `b=2 a=1`, in their order.
    std::string file;        ///< Of the place where a coroutine waits.
    std::uint32_t line = 0;
    std::uint32_t outcome = 0;  ///< Of the end of an async span.
    std::uint64_t span_id = 0;
    std::uint64_t parent_span_id = 0;
    std::uint32_t depth = 0;
  };
  struct Block {
    tracing::StreamDescription stream;
    std::int64_t object_offset = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    Bytes dependencies;
    Bytes objects;
    std::vector<Event> events;

    /// Of a thread's stream: the number that the thread's name ends with.
    std::size_t number_of_thread() const;
  };

  void on_process(const tracing::ProcessDescription& process) noexcept override {
    process_ = process;
  }
  void on_stream(const tracing::StreamDescription& stream) noexcept override {
    streams_[stream.stream_id] = stream;
  }
  void on_block(const tracing::ClosedBlock& block) noexcept override;
  void drain(std::chrono::steady_clock::time_point) noexcept override {}
  bool go_on(std::uint64_t, std::uint64_t) noexcept override { return true; }

  const tracing::ProcessDescription& process() const { return process_; }
  const std::map<StreamId, tracing::StreamDescription>& streams() const { return streams_; }
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  tracing::ProcessDescription process_;
  std::map<StreamId, tracing::StreamDescription> streams_;
  std::vector<Block> blocks_;
};

/// Replays what a dead process left in its folder.
ReplayedBlocks replay_of(const std::string& process_folder);

}  // namespace micromegas::recovery
