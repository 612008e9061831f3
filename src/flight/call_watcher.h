#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "base/cancellation.h"

namespace arrow::flight {
class ServerCallContext;
}

namespace micromegas::flight {

/// Sets the token of calls whose client has gone or whose server stops: gRPC knows of a
/// vanished client, but tells only who asks. One thread, which sleeps while no call runs.
class CallWatcher {
 public:
  CallWatcher();
  ~CallWatcher();

  /// Watches one call for as long as it lives, which must be less than the context does.
  class Watch {
   public:
    Watch(CallWatcher& watcher, const arrow::flight::ServerCallContext& context,
          CancellationToken token);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class CallWatcher;
    struct Entry {
      const arrow::flight::ServerCallContext* context;
      CancellationToken token;
    };
    CallWatcher& watcher_;
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

}  // namespace micromegas::flight
