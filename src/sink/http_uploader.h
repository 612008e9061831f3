#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "sink/upload_queue.h"

namespace micromegas::sink {

struct HttpOptions {
  std::string url = {};      ///< The base: `http://host:port`, without a slash at its end.
  std::string api_key = {};  ///< Sent as a Bearer token; empty: none.
  UploadLimits limits = {};
  int max_in_flight = 3;
  std::chrono::milliseconds attempt_timeout{10'000};
};

/// What became of what was given to an uploader. Numbers of events are what a user lost.
struct UploadStatistics {
  std::uint64_t sent = 0;  ///< Requests answered 200, of which:
  std::uint64_t sent_blocks = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t failed_attempts = 0;

  std::uint64_t dropped = 0;          ///< Requests that will never arrive, of which:
  std::uint64_t dropped_full = 0;     ///< the queue was full,
  std::uint64_t dropped_refused = 0;  ///< the server did not want it (4xx),
  std::uint64_t dropped_failed = 0;   ///< all attempts failed,
  std::uint64_t dropped_late = 0;     ///< time was up when the program ended.
  std::uint64_t dropped_events = 0;   ///< In the blocks among them.

  std::string last_error;  ///< Of the latest attempt that failed: the status, or libcurl's words.
};

/// Posts requests from a thread of its own, a few at a time over connections that are kept.
///
/// Whatever the server does, a caller never waits and never sees an error: what cannot be delivered
/// is dropped and counted. Any thread.
class HttpUploader {
 public:
  explicit HttpUploader(HttpOptions options);

  /// Drops what has not been drained.
  ~HttpUploader();
  HttpUploader(const HttpUploader&) = delete;
  HttpUploader& operator=(const HttpUploader&) = delete;

  /// Whether a request of this priority would be taken: ask before making an expensive one.
  bool has_room(Priority priority) const noexcept;

  /// Counts a request that was not even made because there was no room.
  void count_full(std::int32_t nb_events) noexcept;

  void post(Upload upload);

  /// Returns when everything is delivered or given up, at `deadline` at the latest. Nothing may be
  /// posted afterwards.
  void drain(std::chrono::steady_clock::time_point deadline) noexcept;

  UploadStatistics statistics() const;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace micromegas::sink
