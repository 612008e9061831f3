#pragma once

#include <memory>

#include "sink/http_uploader.h"
#include "tracing/event_sink.h"

namespace micromegas::sink {

/// Posts processes, streams and blocks to an ingestion server. Encodes and compresses on the
/// collector's thread, sends on the uploader's.
///
/// The uploader is shared, so that its numbers can still be asked for when the recorder is gone.
class HttpSink : public tracing::EventSink {
 public:
  HttpSink(std::shared_ptr<HttpUploader> uploader, int compression_level);

  void on_process(const tracing::ProcessDescription& process) noexcept override;
  void on_stream(const tracing::StreamDescription& stream) noexcept override;
  void on_block(const tracing::ClosedBlock& block) noexcept override;
  tracing::Losses losses() const noexcept override;
  void drain(std::chrono::steady_clock::time_point deadline) noexcept override;

 private:
  std::shared_ptr<HttpUploader> uploader_;
  const int compression_level_;
  tracing::ProcessDescription process_;
};

}  // namespace micromegas::sink
