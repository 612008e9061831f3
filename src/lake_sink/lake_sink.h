#pragma once

#include <memory>

#include "lake_sink/lake_writer.h"
#include "tracing/event_sink.h"

namespace micromegas::lake_sink {

/// Puts processes, streams and blocks into a lake. Encodes and compresses on the collector's
/// thread, stores on the writer's.
///
/// The writer is shared, so that its numbers can still be asked for when the recorder is gone.
class LakeSink : public tracing::EventSink {
 public:
  LakeSink(std::shared_ptr<LakeWriter> writer, int compression_level);

  void on_process(const tracing::ProcessDescription& process) noexcept override;
  void on_stream(const tracing::StreamDescription& stream) noexcept override;
  void on_block(const tracing::ClosedBlock& block) noexcept override;
  tracing::Losses losses() const noexcept override;
  void drain(std::chrono::steady_clock::time_point deadline) noexcept override;

 private:
  std::shared_ptr<LakeWriter> writer_;
  const int compression_level_;
  tracing::ProcessDescription process_;
};

}  // namespace micromegas::lake_sink
