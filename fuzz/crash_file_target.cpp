#include <cstdlib>
#include <map>

#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "crash_input.h"
#include "recovery/crash_reader.h"
#include "recovery/replay.h"
#include "targets.h"
#include "transit/block_reader.h"

namespace micromegas::fuzz {
namespace {

/// Takes the blocks of a dead process, each of which must be one that a living one could have made.
class DemandingSink final : public tracing::EventSink, public recovery::ReplayPace {
 public:
  void on_process(const tracing::ProcessDescription&) noexcept override {}
  void on_stream(const tracing::StreamDescription& stream) noexcept override {
    streams_[stream.stream_id] = stream;
  }
  void on_block(const tracing::ClosedBlock& block) noexcept override {
    const auto stream = streams_.find(block.stream_id);
    require(stream != streams_.end(), "a stream comes before its blocks");
    require(block.begin <= block.end, "a block begins before it ends");
    require(block.nb_objects > 0, "a block has events");
    try {
      const transit::StreamTypes& types = stream->second.types();
      const transit::StreamPlan plan(types.dependencies, types.objects);
      transit::BlockReader reader;
      reader.open(plan, block.dependencies, block.objects);
      std::int64_t events = 0;
      while (reader.next()) ++events;
      require(events == block.nb_objects, "a block has as many events as it says");
    } catch (const Error& error) {
      require(false, error.what());
    }
    crash_told_ |= block.kind == tracing::StreamKind::kCrash;
  }
  void drain(std::chrono::steady_clock::time_point) noexcept override {}
  bool go_on(std::uint64_t, std::uint64_t) noexcept override { return true; }

  bool crash_told() const { return crash_told_; }

 private:
  std::map<StreamId, tracing::StreamDescription> streams_;
  bool crash_told_ = false;
};

}  // namespace

void run_crash_file(ByteView input) {
  const int file = ::memfd_create("crash", MFD_CLOEXEC);
  if (file < 0) std::abort();
  write_crash_file(split_crash_input(input), file);
  recovery::CrashReader reader(file);
  const auto process = reader.read();
  ::close(file);
  if (!process) {
    require(!reader.problem().empty(), "what cannot be read says why");
    return;
  }
  DemandingSink sink;
  const recovery::ReplayedProcess replayed = recovery::replay(*process, sink, sink);
  require(replayed.whole && sink.crash_told(), "a dead process is replayed to its crash");
}

}  // namespace micromegas::fuzz
