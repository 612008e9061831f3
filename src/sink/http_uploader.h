#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "sink/oidc_token.h"
#include "sink/upload_queue.h"
#include "sink/upload_statistics.h"

namespace micromegas::sink {

struct HttpOptions {
  std::string url = {};       ///< The base: `http://host:port`, without a slash at its end.
  std::string api_key = {};   ///< Sent as a Bearer token; empty: none.
  OidcCredentials oidc = {};  ///< Whose token is sent when there is no key.
  UploadLimits limits = {};
  int max_in_flight = 3;
  std::chrono::milliseconds attempt_timeout{10'000};
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
