#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "tracing/event_sink.h"
#include "wire/messages.h"

namespace micromegas::sink {

/// What a `MemorySink` has received, as the messages that would have travelled. Outlives the
/// recorder: a test looks at it when everything has come to rest. Any thread may look at any time.
class Recording {
 public:
  std::vector<wire::ProcessInfo> processes() const;
  std::vector<wire::StreamInfo> streams() const;
  std::vector<wire::BlockMessage> blocks() const;

 private:
  friend class MemorySink;

  mutable std::mutex mutex_;
  std::vector<wire::ProcessInfo> processes_;
  std::vector<wire::StreamInfo> streams_;
  std::vector<wire::BlockMessage> blocks_;
};

/// Keeps everything. For tests.
class MemorySink : public tracing::EventSink {
 public:
  explicit MemorySink(std::shared_ptr<Recording> recording);

  void on_process(const tracing::ProcessDescription& process) noexcept override;
  void on_stream(const tracing::StreamDescription& stream) noexcept override;
  void on_block(const tracing::ClosedBlock& block) noexcept override;
  void drain(std::chrono::steady_clock::time_point deadline) noexcept override;

 private:
  std::shared_ptr<Recording> recording_;
  tracing::ProcessDescription process_;
};

}  // namespace micromegas::sink
