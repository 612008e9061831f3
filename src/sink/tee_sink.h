#pragma once

#include <memory>
#include <vector>

#include "tracing/event_sink.h"

namespace micromegas::sink {

/// Several sinks as one: each gets everything, in the order they were given.
class TeeSink : public tracing::EventSink {
 public:
  explicit TeeSink(std::vector<std::unique_ptr<tracing::EventSink>> sinks);

  void on_process(const tracing::ProcessDescription& process) noexcept override;
  void on_stream(const tracing::StreamDescription& stream) noexcept override;
  void on_block(const tracing::ClosedBlock& block) noexcept override;
  bool wants_logs() const noexcept override;
  void on_log(const tracing::LogLine& line) noexcept override;
  void on_logs_end() noexcept override;
  /// Of all together.
  tracing::Losses losses() const noexcept override;
  void drain(std::chrono::steady_clock::time_point deadline) noexcept override;

 private:
  std::vector<std::unique_ptr<tracing::EventSink>> sinks_;
};

}  // namespace micromegas::sink
