#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <micromegas/start.h>
#include <micromegas/target.h>

#include "sink/console_sink.h"
#include "sink/crash_recovery.h"
#include "sink/destination.h"
#include "sink/environment.h"
#include "sink/tee_sink.h"
#include "tracing/recorder.h"
#include "tracing/target_switches.h"

namespace micromegas {

namespace {

void add_console(sink::Destination& destination, LogLevel level) {
  std::vector<std::unique_ptr<tracing::EventSink>> sinks;
  sinks.push_back(std::make_unique<sink::ConsoleSink>(sink::ConsoleOptions{.level = level}));
  if (destination.sink) sinks.push_back(std::move(destination.sink));
  destination.sink = std::make_unique<sink::TeeSink>(std::move(sinks));
}

void print(const std::vector<std::string>& complaints) {
  for (const std::string& line : complaints) std::fprintf(stderr, "micromegas: %s\n", line.c_str());
}

/// Losses are counted, for whoever asks. That nothing arrived at all is worth a line.
void print_if_all_was_lost(const sink::UploadStatistics& uploaded) {
  if (uploaded.sent > 0 || uploaded.dropped == 0) return;
  const char* why = uploaded.last_error.empty() ? "no answer" : uploaded.last_error.c_str();
  std::fprintf(stderr, "micromegas: %llu %s lost: %s\n",
               static_cast<unsigned long long>(uploaded.dropped),
               uploaded.dropped == 1 ? "request" : "requests", why);
}

}  // namespace

class TelemetryGuard::Parts {
 public:
  Parts(sink::ResolvedOptions resolved, sink::Destination destination)
      : pid_(::getpid()),
        uploaded_(std::move(destination.statistics)),
        recorder_(
            std::make_unique<tracing::Recorder>(resolved.recorder, std::move(destination.sink))) {
    if (!recorder_->recording()) return;
    sink::announce_to_children(recorder_->process_id());
    std::string crash_folder = resolved.recorder.crash_folder;
    if (crash_folder.empty() || resolved.url.empty()) return;
    recovery_ =
        std::make_unique<sink::BackgroundRecovery>(std::move(resolved), std::move(crash_folder));
  }

  /// In a forked child none of our threads lives, and any of our locks may be held by one of them.
  bool forked() const noexcept { return ::getpid() != pid_; }

  tracing::Recorder* recorder() noexcept { return forked() ? nullptr : recorder_.get(); }

  void stop() {
    if (!recorder_ || forked()) return;
    recovery_.reset();
    recorder_->stop();
    recorded_ = recorder_->statistics();
    recorder_.reset();
    if (uploaded_) print_if_all_was_lost(uploaded_());
  }

  TelemetryStatistics statistics() const {
    if (forked()) return {};
    const tracing::RecorderStatistics recorded = recorder_ ? recorder_->statistics() : recorded_;
    const sink::UploadStatistics uploaded = uploaded_ ? uploaded_() : sink::UploadStatistics{};
    TelemetryStatistics statistics;
    statistics.events = recorded.events;
    statistics.blocks = recorded.blocks;
    statistics.dropped_events = recorded.dropped_events;
    statistics.blocks_sent = uploaded.sent_blocks;
    statistics.requests_sent = uploaded.sent;
    statistics.bytes_sent = uploaded.sent_bytes;
    statistics.events_sent = uploaded.sent_events;
    statistics.dropped_requests = uploaded.dropped;
    statistics.dropped_request_events = uploaded.dropped_events;
    statistics.failed_attempts = uploaded.failed_attempts;
    statistics.last_error = uploaded.last_error;
    return statistics;
  }

 private:
  const pid_t pid_;
  std::function<sink::UploadStatistics()> uploaded_;
  std::unique_ptr<tracing::Recorder> recorder_;
  tracing::RecorderStatistics recorded_;
  std::unique_ptr<sink::BackgroundRecovery> recovery_;
};

TelemetryGuard::TelemetryGuard(const TelemetryOptions& options) {
  sink::ResolvedOptions resolved = sink::resolve(options);
  print(resolved.complaints);
  const bool prints = resolved.console != LogLevel::kOff;
  sink::Destination destination;
  if (!resolved.url.empty()) {
    std::string fault = resolved.fault;
    if (fault.empty()) destination = sink::open_destination(resolved, fault);
    if (!destination.sink) {
      std::fprintf(stderr, "micromegas: nothing is recorded: %s\n", fault.c_str());
      return;
    }
  } else if (prints) {
    // Nobody would see more than the logs.
    resolved.recorder.cpu_tracing = false;
    resolved.recorder.crash_folder.clear();
  } else {
    return;
  }
  if (prints) add_console(destination, resolved.console);
  print(tracing::set_targets_by_environment());
  if (options.suspensions) set_suspensions(*options.suspensions);
  parts_ = std::make_unique<Parts>(std::move(resolved), std::move(destination));
}

TelemetryGuard::~TelemetryGuard() {
  if (!parts_) return;
  if (parts_->forked()) {
    // Not even destructors are safe to run on what other threads were at work with.
    static_cast<void>(parts_.release());
    return;
  }
  parts_->stop();
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
