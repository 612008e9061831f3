#include "sink/token_source.h"

#include <algorithm>
#include <utility>

#include "sink/curl_setup.h"

namespace micromegas::sink {
namespace {

constexpr std::size_t kLongestAnswer = 64 * 1024;

std::size_t keep_answer(char* data, std::size_t size, std::size_t count, void* answer) {
  auto& text = *static_cast<std::string*>(answer);
  const std::size_t bytes = size * count;
  if (text.size() + bytes > kLongestAnswer) return 0;  // Ends the request.
  text.append(data, bytes);
  return bytes;
}

}  // namespace

TokenSource::TokenSource(OidcCredentials credentials, std::chrono::milliseconds timeout)
    : credentials_(std::move(credentials)),
      request_(token_request(credentials_)),
      handle_(curl_easy_init()) {
  if (!handle_) return;
  CURL* curl = handle_.get();
  set_up(curl, timeout);
  curl_easy_setopt(curl, CURLOPT_URL, credentials_.token_endpoint.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request_.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &keep_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer_);
}

bool TokenSource::start_if_due(Time now) noexcept {
  if (in_flight_ || !handle_ || now < next_request_) return false;
  answer_.clear();
  in_flight_ = true;
  return true;
}

std::optional<std::string> TokenSource::finish(CURLcode code, Time now) {
  in_flight_ = false;
  std::optional<std::string> fault = read_answer(code, now);
  if (fault) {
    next_request_ = now + delay_;
    delay_ = std::min(delay_ * 10, kLongestDelay);
  } else {
    delay_ = kFirstDelay;
  }
  return fault;
}

std::optional<std::string> TokenSource::read_answer(CURLcode code, Time now) {
  const std::string where = credentials_.token_endpoint + ": ";
  if (code != CURLE_OK) return where + curl_easy_strerror(code);
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return where + "HTTP status " + std::to_string(status);
  std::optional<OidcToken> token = read_token_answer(answer_);
  if (!token) return where + "the answer holds no access token";
  token_ = std::move(token->access_token);
  const auto lifetime = token->lifetime.count() > 0 ? token->lifetime : kUnknownLifetime;
  expires_ = now + lifetime;
  // One that lives shorter than the buffer is replaced in the second half of its life.
  const auto good_for = std::max(lifetime - credentials_.token_buffer, lifetime / 2);
  next_request_ = now + std::max(good_for, kFirstDelay);
  return std::nullopt;
}

std::string_view TokenSource::token(Time now) const noexcept {
  return now < expires_ ? std::string_view(token_) : std::string_view();
}

}  // namespace micromegas::sink
