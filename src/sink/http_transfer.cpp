#include "sink/http_transfer.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "sink/curl_setup.h"

namespace micromegas::sink {
namespace {

/// Of an answer that explains a refusal.
constexpr std::size_t kMostKept = 512;
constexpr std::size_t kMostTold = 200;

}  // namespace

std::size_t HttpTransfer::keep_answer(char* data, std::size_t size, std::size_t count,
                                      void* transfer) {
  std::string& answer = static_cast<HttpTransfer*>(transfer)->answer_;
  answer.append(data, std::min(size * count, kMostKept - answer.size()));
  return size * count;
}

HttpTransfer::HttpTransfer(std::chrono::milliseconds timeout) : handle_(curl_easy_init()) {
  if (!handle_) return;
  CURL* curl = handle_.get();
  set_up(curl, timeout);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &keep_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
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
  answer_.clear();
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
  return {false, status >= 500 && status < 600, refusal(status)};
}

std::string HttpTransfer::refusal(long status) const {
  std::string text = "HTTP status " + std::to_string(status);
  if (status == 401) text += " (MICROMEGAS_INGESTION_API_KEY)";
  const std::string why = printable_line(answer_, kMostTold);
  if (!why.empty()) text.append(": ").append(why);
  return text;
}

Upload HttpTransfer::take_upload() noexcept { return std::move(upload_); }

}  // namespace micromegas::sink
