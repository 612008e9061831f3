#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/ids.h"
#include "sink/environment.h"

namespace micromegas::sink {

/// What became of one process of a crash folder.
struct ProcessRecovery {
  enum class Result {
    kRecovered,  ///< All that it left has arrived, and is deleted.
    kInUse,      ///< It lives, or somebody else recovers it: left alone.
    kDamaged,    ///< What it left cannot be read: left alone.
    kNewer,      ///< Nor what a program with a later version of ours left,
    kOlder,      ///< or one with an earlier version.
    kNotArrived  ///< Not all was taken: left, to be tried again.
  };
  static constexpr std::size_t kResults = 6;
  Result result = Result::kRecovered;
  std::string folder;
  std::string problem;  ///< Of the four last ones, in a few words.

  // Of one that could be read.
  std::string exe;
  std::int32_t pid = 0;
  std::uint64_t blocks = 0;
  std::uint64_t events = 0;
  std::uint64_t threads_lost = 0;
};

/// Sends what dead processes left in `crash_folder` whereto `options` say, one after the other.
/// `report` hears of each, while it is under way too (`progress`). False: some has not arrived.
///
/// Any number of programs may do this at a time, and again: what is sent twice is stored once.
class CrashRecovery {
 public:
  struct Listener {
    std::function<void(const ProcessRecovery&)> report;
    std::function<void(const ProcessRecovery&)> progress;
  };

  CrashRecovery(ResolvedOptions options, std::string crash_folder) noexcept;

  bool run(const Listener& listener);

  /// Has `run` come back soon. Any thread.
  void stop() noexcept { stopping_.store(true, std::memory_order_relaxed); }
  bool stopping() const noexcept { return stopping_.load(std::memory_order_relaxed); }

 private:
  bool recover(const std::string& name, const Listener& listener);

  const ResolvedOptions options_;
  const std::string crash_folder_;
  std::atomic<bool> stopping_{false};
};

/// The same beside a program that is recorded itself, on a thread that nobody waits for: it begins
/// when the program does, and tries again every minute as long as something is left.
class BackgroundRecovery {
 public:
  BackgroundRecovery(ResolvedOptions options, std::string crash_folder);

  /// Leaves for the next time what has not been sent.
  ~BackgroundRecovery();
  BackgroundRecovery(const BackgroundRecovery&) = delete;
  BackgroundRecovery& operator=(const BackgroundRecovery&) = delete;

 private:
  void run();

  CrashRecovery recovery_;
  std::thread thread_;
};

}  // namespace micromegas::sink
