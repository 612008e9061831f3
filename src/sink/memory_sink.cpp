#include "sink/memory_sink.h"

#include <utility>

#include "sink/to_wire.h"
#include "wire/lz4_frame.h"

namespace micromegas::sink {

std::vector<wire::ProcessInfo> Recording::processes() const {
  const std::lock_guard lock(mutex_);
  return processes_;
}

std::vector<wire::StreamInfo> Recording::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

std::vector<wire::BlockMessage> Recording::blocks() const {
  const std::lock_guard lock(mutex_);
  return blocks_;
}

MemorySink::MemorySink(std::shared_ptr<Recording> recording) : recording_(std::move(recording)) {}

void MemorySink::on_process(const tracing::ProcessDescription& process) noexcept {
  process_ = process;
  const std::lock_guard lock(recording_->mutex_);
  recording_->processes_.push_back(to_wire(process));
}

void MemorySink::on_stream(const tracing::StreamDescription& stream) noexcept {
  const std::lock_guard lock(recording_->mutex_);
  recording_->streams_.push_back(to_wire(stream, process_.process_id));
}

void MemorySink::on_block(const tracing::ClosedBlock& block) noexcept {
  wire::BlockMessage message = to_wire(block, process_, wire::kFastLz4);
  const std::lock_guard lock(recording_->mutex_);
  recording_->blocks_.push_back(std::move(message));
}

void MemorySink::drain(std::chrono::steady_clock::time_point) noexcept {}

}  // namespace micromegas::sink
