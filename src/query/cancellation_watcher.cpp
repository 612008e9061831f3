#include "query/cancellation_watcher.h"

#include <chrono>
#include <utility>

namespace micromegas::query {
namespace {

/// A cancelled query stops within a second; this is our share of it.
constexpr std::chrono::milliseconds kPeriod{50};

}  // namespace

CancellationWatcher::CancellationWatcher() : thread_([this] { run(); }) {}

CancellationWatcher::~CancellationWatcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CancellationWatcher::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (entries_.empty()) {
      changed_.wait(lock, [this] { return stopping_ || !entries_.empty(); });
      continue;
    }
    changed_.wait_for(lock, kPeriod, [this] { return stopping_; });
    for (const auto& entry : entries_) {
      // Again in each round: DuckDB forgets an interrupt that came between two statements.
      if (entry.token.cancelled()) duckdb_interrupt(entry.connection);
    }
  }
}

CancellationWatcher::Watch::Watch(CancellationWatcher& watcher, duckdb_connection connection,
                                  CancellationToken token)
    : watcher_(watcher) {
  const std::lock_guard lock(watcher_.mutex_);
  entry_ = watcher_.entries_.insert(watcher_.entries_.end(), {connection, std::move(token)});
  if (watcher_.entries_.size() == 1) watcher_.changed_.notify_all();
}

CancellationWatcher::Watch::~Watch() {
  const std::lock_guard lock(watcher_.mutex_);
  watcher_.entries_.erase(entry_);
}

}  // namespace micromegas::query
