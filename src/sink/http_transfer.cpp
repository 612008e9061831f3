#include "sink/http_transfer.h"

#include <utility>

#include "sink/curl_setup.h"

namespace micromegas::sink {
namespace {

std::size_t ignore_answer(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

}  // namespace

HttpTransfer::HttpTransfer(std::chrono::milliseconds timeout) : handle_(curl_easy_init()) {
  if (!handle_) return;
  CURL* curl = handle_.get();
  set_up(curl, timeout);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &ignore_answer);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, this);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_.data());
  set_headers({});
}

void HttpTransfer::set_headers(std::string_view token) {
  token_ = token;
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/cbor");
  headers = curl_slist_append(headers, "Expect:");  // No round trip before a large body.
  if (!token_.empty()) {
    headers = curl_slist_append(headers, ("Authorization: Bearer " + token_).c_str());
  }
  curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, headers);
  headers_.reset(headers);
}

void HttpTransfer::start(const std::string& base_url, std::string_view token,
                         Upload upload) noexcept {
  if (token != token_) set_headers(token);
  upload_ = std::move(upload);
  ++upload_.attempts;
  in_flight_ = true;
  error_[0] = '\0';
  url_ = base_url + upload_.path;
  CURL* curl = handle_.get();
  curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, upload_.body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(upload_.body.size()));
}

HttpTransfer::Result HttpTransfer::finish(CURLcode code) {
  in_flight_ = false;
  if (code != CURLE_OK) {
    std::string error = curl_easy_strerror(code);
    if (error_[0] != '\0') error.append(": ").append(error_.data());
    return {false, true, std::move(error)};
  }
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 200) return {true, false, {}};
  return {false, status >= 500 && status < 600, "HTTP status " + std::to_string(status)};
}

Upload HttpTransfer::take_upload() noexcept { return std::move(upload_); }

}  // namespace micromegas::sink
