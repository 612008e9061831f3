#include <micromegas/start.h>

#include "sink/environment.h"
#include "sink/http_sink.h"
#include "tracing/recorder.h"

namespace micromegas {

class TelemetryGuard::Parts {
 public:
  Parts(sink::ResolvedOptions resolved, const TelemetryOptions& options)
      : uploader_(std::make_shared<sink::HttpUploader>(
            sink::HttpOptions{.url = std::move(resolved.url),
                              .api_key = std::move(resolved.api_key),
                              .limits = {options.queue_bytes, 2 * options.queue_bytes}})),
        recorder_(std::make_unique<tracing::Recorder>(
            std::move(resolved.recorder),
            std::make_unique<sink::HttpSink>(uploader_, options.compression_level))) {
    if (recorder_->recording()) sink::announce_to_children(recorder_->process_id());
  }

  tracing::Recorder* recorder() noexcept { return recorder_.get(); }

  void stop() {
    if (!recorder_) return;
    recorder_->stop();
    recorded_ = recorder_->statistics();
    recorder_.reset();
  }

  TelemetryStatistics statistics() const {
    const tracing::RecorderStatistics recorded = recorder_ ? recorder_->statistics() : recorded_;
    const sink::UploadStatistics uploaded = uploader_->statistics();
    TelemetryStatistics statistics;
    statistics.events = recorded.events;
    statistics.blocks = recorded.blocks;
    statistics.dropped_events = recorded.dropped_events;
    statistics.blocks_sent = uploaded.sent_blocks;
    statistics.requests_sent = uploaded.sent;
    statistics.bytes_sent = uploaded.sent_bytes;
    statistics.dropped_requests = uploaded.dropped;
    statistics.dropped_request_events = uploaded.dropped_events;
    statistics.failed_attempts = uploaded.failed_attempts;
    statistics.last_error = uploaded.last_error;
    return statistics;
  }

 private:
  std::shared_ptr<sink::HttpUploader> uploader_;
  std::unique_ptr<tracing::Recorder> recorder_;
  tracing::RecorderStatistics recorded_;
};

TelemetryGuard::TelemetryGuard(const TelemetryOptions& options) {
  sink::ResolvedOptions resolved = sink::resolve(options);
  if (!resolved.url.empty()) parts_ = std::make_unique<Parts>(std::move(resolved), options);
}

TelemetryGuard::~TelemetryGuard() {
  if (parts_) parts_->stop();
}

bool TelemetryGuard::recording() const noexcept {
  return parts_ && parts_->recorder() != nullptr && parts_->recorder()->recording();
}

std::string TelemetryGuard::process_id() const {
  return recording() ? parts_->recorder()->process_id().to_string() : std::string();
}

void TelemetryGuard::flush() {
  if (recording()) parts_->recorder()->flush();
}

TelemetryStatistics TelemetryGuard::stop() {
  if (parts_) parts_->stop();
  return statistics();
}

TelemetryStatistics TelemetryGuard::statistics() const {
  return parts_ ? parts_->statistics() : TelemetryStatistics{};
}

}  // namespace micromegas
