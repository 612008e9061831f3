#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include <duckdb.h>

#include "base/cancellation.h"

namespace micromegas::query {

/// Interrupts the connections of requests that were cancelled: DuckDB looks at its own flag only.
/// One thread, which sleeps while nothing runs.
class CancellationWatcher {
 public:
  CancellationWatcher();
  ~CancellationWatcher();

  /// Watches a connection for as long as it lives, which must be less than the connection does.
  class Watch {
   public:
    Watch(CancellationWatcher& watcher, duckdb_connection connection, CancellationToken token);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    CancellationWatcher& watcher_;
    struct Entry {
      duckdb_connection connection;
      CancellationToken token;
    };
    friend class CancellationWatcher;
    std::list<Entry>::iterator entry_;
  };

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch::Entry> entries_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace micromegas::query
