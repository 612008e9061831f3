#include "views/shared_update.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include "base/counters.h"
#include "base/error.h"

namespace micromegas::views {
namespace {

Counter updates_shared("micromegas_updates_shared_total",
                       "Queries that shared the update of a view with an earlier one");
Counter updates_cancelled("micromegas_updates_cancelled_total",
                          "Updates given up because nobody waited for them any more");

/// A token can be polled, not waited for.
constexpr auto kPollCancellation = std::chrono::milliseconds(20);

/// Whether each of `ranges` lies within one of `wanted`. nullopt: everything.
bool all_wanted(const WantedRanges& ranges, const WantedRanges& wanted) {
  return std::ranges::all_of(ranges, [&](const std::optional<TimeRange>& range) {
    return std::ranges::any_of(wanted, [&](const std::optional<TimeRange>& other) {
      return !other || (range && other->contains(*range));
    });
  });
}

}  // namespace

/// One update and those who wait for it. Guarded by the mutex of its owner but for what `run`
/// reads.
struct SharedUpdate::Round {
  std::shared_ptr<const View> view;
  WantedRanges wanted;
  CancellationToken cancel;
  int waiting = 0;
  bool done = false;
  std::shared_ptr<const UpdateResult> result;
  std::exception_ptr error;
};

SharedUpdate::~SharedUpdate() {
  {
    const std::lock_guard lock(mutex_);
    if (current_) current_->cancel.cancel();
  }
  if (worker_.joinable()) worker_.join();
}

bool SharedUpdate::idle() const {
  const std::lock_guard lock(mutex_);
  return current_ == nullptr;
}

std::shared_ptr<const UpdateResult> SharedUpdate::wait(const View& view,
                                                       const std::optional<TimeRange>& range,
                                                       const CancellationToken& cancel) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Round> round = join(view, range);
  while (!round->done) {
    round_done_.wait_for(lock, kPollCancellation);
    if (!round->done && cancel.cancelled()) {
      leave(*round);
      cancel.check();
    }
  }
  if (round->error) std::rethrow_exception(round->error);
  return round->result;
}

std::shared_ptr<SharedUpdate::Round> SharedUpdate::join(const View& view,
                                                        const std::optional<TimeRange>& range) {
  const bool starts = current_ == nullptr;
  auto& round = starts ? current_ : next_;
  if (!round) {
    round = std::make_shared<Round>();
    round->view = view.shared_from_this();
  } else {
    updates_shared.add();
  }
  round->wanted.push_back(range);
  ++round->waiting;
  if (starts) start_worker();
  return round;
}

void SharedUpdate::start_worker() {
  if (worker_.joinable()) worker_.join();  // It has left `run_rounds`, or is about to.
  try {
    worker_ = std::thread([this] { run_rounds(); });
  } catch (const std::system_error&) {
    current_.reset();
    throw Error(ErrorKind::kResourceExhausted, "no thread for an update of partitions");
  }
}

void SharedUpdate::leave(Round& round) {
  if (--round.waiting > 0) return;
  if (next_.get() == &round) next_.reset();
  cancel_current_if_unwanted();
}

void SharedUpdate::cancel_current_if_unwanted() {
  if (current_->waiting > 0) return;
  if (next_ && all_wanted(current_->wanted, next_->wanted)) return;
  current_->cancel.cancel();
}

void SharedUpdate::run_rounds() {
  std::unique_lock lock(mutex_);
  while (current_) {
    const std::shared_ptr<Round> round = current_;
    lock.unlock();
    try {
      round->result =
          std::make_shared<const UpdateResult>(run_(*round->view, round->wanted, round->cancel));
    } catch (...) {
      round->error = std::current_exception();
    }
    lock.lock();
    if (round->cancel.cancelled()) updates_cancelled.add();
    round->done = true;
    current_ = std::exchange(next_, nullptr);
    round_done_.notify_all();
  }
}

}  // namespace micromegas::views
