#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "views/view_update.h"

namespace micromegas::views {

/// Lets concurrent queries of one view share its updates.
///
///     query A   |-- waits for update 1 --|
///     query B       |-------- waits for update 2 --------|
///     query C                 |-- waits for update 2 ----|
///     updates   |====== 1 ======||========= 2 ==========|
///
/// Update 1 planned before B and C came, so it may lack a block that was there when they did: they
/// share the next one, which plans for all that wait by then and, as a rule, finds nothing left to
/// do.
///
/// An update goes on while anybody waits for it, or for the next one and all that it would bring:
/// else the next would begin anew what was half done. It is cancelled when the last one has gone.
/// Any thread may call.
class SharedUpdate {
 public:
  /// Does one update; called by a thread of this object, one call at a time.
  using Run =
      std::function<UpdateResult(const View&, const WantedRanges&, const CancellationToken&)>;

  explicit SharedUpdate(Run run) : run_(std::move(run)) {}
  SharedUpdate(const SharedUpdate&) = delete;
  SharedUpdate& operator=(const SharedUpdate&) = delete;

  /// REQUIRES: nobody waits. Ends an update that is under way.
  ~SharedUpdate();

  /// The result of an update that begins after this call did, and covers `range`. Throws what the
  /// update threw, and `Error{kCancelled}` soon after `cancel` was set.
  std::shared_ptr<const UpdateResult> wait(const View& view, const std::optional<TimeRange>& range,
                                           const CancellationToken& cancel);

  /// True when no update is under way.
  bool idle() const;

 private:
  struct Round;

  std::shared_ptr<Round> join(const View& view, const std::optional<TimeRange>& range);
  void start_worker();
  void leave(Round& round);
  void cancel_current_if_unwanted();
  void run_rounds();

  const Run run_;
  mutable std::mutex mutex_;
  std::condition_variable round_done_;
  std::shared_ptr<Round> current_;
  std::shared_ptr<Round> next_;
  std::thread worker_;  ///< Runs rounds until none is left; joined before the next one starts.
};

}  // namespace micromegas::views
