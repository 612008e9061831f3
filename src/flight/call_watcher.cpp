#include "flight/call_watcher.h"

#include <chrono>
#include <utility>

#include <arrow/flight/server.h>

namespace micromegas::flight {
namespace {

constexpr std::chrono::milliseconds kPeriod{100};

}  // namespace

CallWatcher::CallWatcher() : thread_([this] { run(); }) {}

CallWatcher::~CallWatcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CallWatcher::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (entries_.empty()) {
      changed_.wait(lock, [this] { return stopping_ || !entries_.empty(); });
      continue;
    }
    changed_.wait_for(lock, kPeriod, [this] { return stopping_; });
    for (auto& entry : entries_) {
      if (!entry.token.cancelled() && entry.context->is_cancelled()) entry.token.cancel();
    }
  }
}

CallWatcher::Watch::Watch(CallWatcher& watcher, const arrow::flight::ServerCallContext& context,
                          CancellationToken token)
    : watcher_(watcher) {
  const std::lock_guard lock(watcher_.mutex_);
  entry_ = watcher_.entries_.insert(watcher_.entries_.end(), {&context, std::move(token)});
  if (watcher_.entries_.size() == 1) watcher_.changed_.notify_all();
}

CallWatcher::Watch::~Watch() {
  const std::lock_guard lock(watcher_.mutex_);
  watcher_.entries_.erase(entry_);
}

}  // namespace micromegas::flight
