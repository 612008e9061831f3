#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "sink/upload_queue.h"

namespace micromegas::sink {

/// One request of libcurl, used again and again: its connection stays open.
class HttpTransfer {
 public:
  explicit HttpTransfer(std::chrono::milliseconds timeout);
  HttpTransfer(HttpTransfer&&) = delete;

  /// False: libcurl could not even be set up.
  bool usable() const noexcept { return handle_ != nullptr; }
  CURL* handle() const noexcept { return handle_.get(); }
  bool in_flight() const noexcept { return in_flight_; }

  /// `token` goes along as a Bearer token; empty: none does.
  void start(const std::string& base_url, std::string_view token, Upload upload) noexcept;

  /// How it went: 200 and its like, another status, or none.
  struct Result {
    bool delivered = false;
    bool worth_retrying = false;
    std::string error;
  };
  Result finish(CURLcode code);
  Upload take_upload() noexcept;

 private:
  struct Deleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };

  static std::size_t keep_answer(char* data, std::size_t size, std::size_t count, void* transfer);
  void set_headers(std::string_view token);
  std::string refusal(long status) const;

  std::unique_ptr<curl_slist, Deleter> headers_;
  std::unique_ptr<CURL, Deleter> handle_;
  std::array<char, CURL_ERROR_SIZE> error_{};  ///< libcurl's own words, when it has any.
  std::string answer_;                         ///< The beginning of what the server said.
  std::string token_;
  std::string url_;
  Upload upload_;
  bool in_flight_ = false;
};

}  // namespace micromegas::sink
