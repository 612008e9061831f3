#include "sink/tee_sink.h"

#include <algorithm>
#include <utility>

namespace micromegas::sink {

TeeSink::TeeSink(std::vector<std::unique_ptr<tracing::EventSink>> sinks)
    : sinks_(std::move(sinks)) {}

void TeeSink::on_process(const tracing::ProcessDescription& process) noexcept {
  for (const auto& sink : sinks_) sink->on_process(process);
}

void TeeSink::on_stream(const tracing::StreamDescription& stream) noexcept {
  for (const auto& sink : sinks_) sink->on_stream(stream);
}

void TeeSink::on_block(const tracing::ClosedBlock& block) noexcept {
  for (const auto& sink : sinks_) sink->on_block(block);
}

bool TeeSink::wants_logs() const noexcept {
  return std::any_of(sinks_.begin(), sinks_.end(),
                     [](const auto& sink) { return sink->wants_logs(); });
}

void TeeSink::on_log(const tracing::LogLine& line) noexcept {
  for (const auto& sink : sinks_) {
    if (sink->wants_logs()) sink->on_log(line);
  }
}

void TeeSink::on_logs_end() noexcept {
  for (const auto& sink : sinks_) sink->on_logs_end();
}

tracing::Losses TeeSink::losses() const noexcept {
  tracing::Losses all;
  for (const auto& sink : sinks_) {
    const tracing::Losses losses = sink->losses();
    all.dropped_events += losses.dropped_events;
    all.names_refused += losses.names_refused;
    all.truncated_logs += losses.truncated_logs;
    all.properties_refused += losses.properties_refused;
    all.properties_lost += losses.properties_lost;
    all.dropped_requests += losses.dropped_requests;
    all.dropped_request_events += losses.dropped_request_events;
  }
  return all;
}

void TeeSink::drain(std::chrono::steady_clock::time_point deadline) noexcept {
  for (const auto& sink : sinks_) sink->drain(deadline);
}

}  // namespace micromegas::sink
