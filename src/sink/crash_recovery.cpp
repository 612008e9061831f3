#include "sink/crash_recovery.h"

#include <utility>

#include "base/background_thread.h"
#include "recovery/process_folder.h"
#include "recovery/replay.h"
#include "sink/destination.h"

namespace micromegas::sink {
namespace {

using std::chrono::steady_clock;

/// Blocks that may wait at a time: what a dead process left is no reason to need much memory.
constexpr std::uint64_t kMostWaiting = 8;
constexpr std::chrono::milliseconds kPollPeriod{2};
/// Without any request being settled for so long, the other side is taken to be away.
constexpr std::chrono::seconds kLongestSilence{30};
constexpr std::chrono::seconds kPause{60};

/// The way of one process's blocks into a destination, no faster than that takes them.
class Delivery final : public recovery::ReplayPace {
 public:
  Delivery(Destination destination, const CrashRecovery& recovery, ProcessRecovery& progress,
           const CrashRecovery::Listener& listener)
      : destination_(std::move(destination)),
        recovery_(recovery),
        progress_(progress),
        listener_(listener) {}

  bool run(const recovery::DeadProcess& process) {
    const recovery::ReplayedProcess done = recovery::replay(process, *destination_.sink, *this);
    progress_.blocks = done.blocks;
    progress_.events = done.events;
    // The process, its streams and its blocks are a request each.
    const bool settled =
        done.whole && wait([&](const UploadStatistics& statistics) {
          return statistics.sent + statistics.dropped >= 1 + done.streams + done.blocks;
        });
    destination_.sink->drain(steady_clock::now());
    const UploadStatistics statistics = destination_.statistics();
    if (settled && statistics.dropped == 0) return true;
    progress_.problem = recovery_.stopping()            ? "interrupted"
                        : statistics.last_error.empty() ? "no answer"
                                                        : statistics.last_error;
    return false;
  }

  bool go_on(std::uint64_t nb_blocks, std::uint64_t nb_events) noexcept override {
    progress_.blocks = nb_blocks;
    progress_.events = nb_events;
    if (listener_.progress) listener_.progress(progress_);
    return wait([nb_blocks](const UploadStatistics& statistics) {
      return nb_blocks <= statistics.sent_blocks + kMostWaiting;
    });
  }

 private:
  /// Until it is so. False: something was dropped, nothing moves any more, or it is to stop.
  template <class Condition>
  bool wait(const Condition& condition) noexcept {
    std::uint64_t settled_before = 0;
    auto patience = steady_clock::now() + kLongestSilence;
    for (;;) {
      const UploadStatistics statistics = destination_.statistics();
      if (statistics.dropped > 0 || recovery_.stopping()) return false;
      if (condition(statistics)) return true;
      if (statistics.sent != settled_before) {
        settled_before = statistics.sent;
        patience = steady_clock::now() + kLongestSilence;
      }
      if (steady_clock::now() >= patience) return false;
      std::this_thread::sleep_for(kPollPeriod);
    }
  }

  Destination destination_;
  const CrashRecovery& recovery_;
  ProcessRecovery& progress_;
  const CrashRecovery::Listener& listener_;
};

}  // namespace

CrashRecovery::CrashRecovery(ResolvedOptions options, std::string crash_folder) noexcept
    : options_(std::move(options)), crash_folder_(std::move(crash_folder)) {}

bool CrashRecovery::run(const Listener& listener) {
  bool all = true;
  for (const std::string& name : recovery::processes_in(crash_folder_)) {
    if (stopping()) return false;
    if (!recover(name, listener)) all = false;
  }
  return all;
}

bool CrashRecovery::recover(const std::string& name, const Listener& listener) {
  using State = recovery::ProcessFolder::State;
  using Result = ProcessRecovery::Result;
  ProcessRecovery found;
  found.folder = crash_folder_ + '/' + name;
  recovery::ProcessFolder folder(found.folder);
  const auto report = [&](Result result) {
    found.result = result;
    if (listener.report) listener.report(found);
    return result == Result::kRecovered || result == Result::kInUse;
  };
  switch (folder.open()) {
    case State::kNothing:
      return true;
    case State::kInUse:
      return report(Result::kInUse);
    case State::kDamaged:
      found.problem = folder.problem();
      return report(Result::kDamaged);
    case State::kNewer:
      found.problem = folder.problem();
      return report(Result::kNewer);
    case State::kOlder:
      found.problem = folder.problem();
      return report(Result::kOlder);
    case State::kDead:
      break;
  }
  found.exe = folder.process().description.exe;
  found.pid = folder.process().pid;
  found.threads_lost = folder.process().threads_lost;
  Destination destination = open_destination(options_, found.problem);
  if (!destination.sink) return report(Result::kNotArrived);
  if (!Delivery(std::move(destination), *this, found, listener).run(folder.process())) {
    return report(Result::kNotArrived);
  }
  folder.remove();
  return report(Result::kRecovered);
}

BackgroundRecovery::BackgroundRecovery(ResolvedOptions options, std::string crash_folder)
    : recovery_(std::move(options), std::move(crash_folder)),
      thread_(start_background_thread("mm-recovery", [this] { run(); })) {}

BackgroundRecovery::~BackgroundRecovery() {
  recovery_.stop();
  if (thread_.joinable()) thread_.join();
}

void BackgroundRecovery::run() {
  while (!recovery_.run({}) && !recovery_.stopping()) {
    const auto next = steady_clock::now() + kPause;
    while (steady_clock::now() < next && !recovery_.stopping()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

}  // namespace micromegas::sink
