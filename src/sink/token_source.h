#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <curl/curl.h>

#include "sink/oidc_token.h"

namespace micromegas::sink {

/// The access token that uploads carry: fetched before the first of them, and again before it
/// expires. While there is none, uploads wait.
///
/// Its requests run beside the uploads on the uploader's handle; no thread safety of its own.
class TokenSource {
 public:
  using Time = std::chrono::steady_clock::time_point;

  TokenSource(OidcCredentials credentials, std::chrono::milliseconds timeout);

  /// Prepares the next request when it is due; then `handle()` has to be performed. False: nothing
  /// is due, or one is under way.
  bool start_if_due(Time now) noexcept;

  /// The request has ended. None: there is a new token; else what went wrong, in words.
  std::optional<std::string> finish(CURLcode code, Time now);

  CURL* handle() const noexcept { return handle_.get(); }
  bool in_flight() const noexcept { return in_flight_; }

  /// Empty: there is none that is still good.
  std::string_view token(Time now) const noexcept;

  /// When `start_if_due` has something to do next.
  Time next_request() const noexcept { return next_request_; }

  static constexpr std::chrono::seconds kFirstDelay{1};  ///< After a failure; then tenfold, up to:
  static constexpr std::chrono::seconds kLongestDelay{60};
  /// Of a token whose provider does not say how long it is good.
  static constexpr std::chrono::seconds kUnknownLifetime{300};

 private:
  struct Deleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  };

  std::optional<std::string> read_answer(CURLcode code, Time now);

  const OidcCredentials credentials_;
  const std::string request_;
  std::string answer_;
  std::unique_ptr<CURL, Deleter> handle_;
  bool in_flight_ = false;
  std::string token_;
  Time expires_;
  Time next_request_;  ///< The beginning of time: at once.
  std::chrono::seconds delay_ = kFirstDelay;
};

}  // namespace micromegas::sink
