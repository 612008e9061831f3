#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <micromegas/testing.h>

#include "testing/block_events.h"
#include "testing/span_assembly.h"
#include "tracing/recorder.h"

namespace micromegas::testing {
namespace {

/// What has come out of the recorder, in the order it came.
struct Kept {
  std::mutex mutex;
  std::map<StreamId, tracing::StreamDescription> streams;
  std::vector<std::pair<StreamId, KeptBlock>> blocks;
};

}  // namespace

/// Copies only: decoding is for the thread that asks.
class Recording::Sink : public tracing::EventSink {
 public:
  explicit Sink(std::shared_ptr<Kept> kept) : kept_(std::move(kept)) {}

  void on_process(const tracing::ProcessDescription&) noexcept override {}

  void on_stream(const tracing::StreamDescription& stream) noexcept override {
    const std::lock_guard lock(kept_->mutex);
    kept_->streams[stream.stream_id] = stream;
  }

  void on_block(const tracing::ClosedBlock& block) noexcept override {
    const std::lock_guard lock(kept_->mutex);
    kept_->blocks.push_back({block.stream_id,
                             {Bytes(block.dependencies.begin(), block.dependencies.end()),
                              Bytes(block.objects.begin(), block.objects.end())}});
  }

  void drain(std::chrono::steady_clock::time_point) noexcept override {}

 private:
  std::shared_ptr<Kept> kept_;
};

struct Recording::Parts {
  std::shared_ptr<Kept> kept = std::make_shared<Kept>();
  tracing::Recorder recorder{tracing::RecorderOptions{}, std::make_unique<Sink>(kept)};
};

Recording::Recording() : parts_(std::make_unique<Parts>()) {
  if (!parts_->recorder.recording()) {
    throw std::logic_error(
        "a Recording or a TelemetryGuard is recording already: there is one at a time");
  }
}

Recording::~Recording() = default;

Recorded Recording::take() {
  parts_->recorder.flush();
  std::vector<BlockEvent> events;
  {
    const std::lock_guard lock(parts_->kept->mutex);
    for (const auto& [stream_id, block] : parts_->kept->blocks) {
      append_events(parts_->kept->streams.at(stream_id), block, events);
    }
  }
  // Blocks of a thread come in order; stable, so that events of one time stay as they were.
  std::stable_sort(events.begin(), events.end(),
                   [](const BlockEvent& a, const BlockEvent& b) { return a.time < b.time; });
  SpanAssembly assembly;
  for (const BlockEvent& event : events) assembly.add(event);
  return assembly.finish();
}

}  // namespace micromegas::testing
