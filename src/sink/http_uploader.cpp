#include "sink/http_uploader.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "base/background_thread.h"
#include "sink/http_transfer.h"
#include "sink/token_source.h"

namespace micromegas::sink {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

constexpr std::chrono::milliseconds kLongestPoll{1000};

struct MultiDeleter {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};

}  // namespace

class HttpUploader::Worker {
 public:
  explicit Worker(HttpOptions options) : options_(std::move(options)), queue_(options_.limits) {
    // Once, and never undone: others in this process may use libcurl as well.
    static const CURLcode kInitialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (kInitialised == CURLE_OK) multi_.reset(curl_multi_init());
    while (!options_.url.empty() && options_.url.back() == '/') options_.url.pop_back();
    for (int i = 0; i < std::max(1, options_.max_in_flight); ++i) {
      transfers_.push_back(std::make_unique<HttpTransfer>(options_.attempt_timeout));
    }
    if (options_.api_key.empty() && !options_.oidc.token_endpoint.empty()) {
      token_source_.emplace(options_.oidc, options_.attempt_timeout);
    }
    thread_ = start_background_thread("mm-uploader", [this] { run(); });
  }

  ~Worker() { drain(Clock::now()); }

  bool has_room(Priority priority) const noexcept {
    const std::lock_guard lock(mutex_);
    return queue_.has_room(priority);
  }

  void count_full(std::int32_t nb_events) noexcept {
    const std::lock_guard lock(mutex_);
    statistics_.count_dropped(&UploadStatistics::dropped_full, nb_events);
  }

  void post(Upload upload) {
    {
      const std::lock_guard lock(mutex_);
      if (!multi_) {
        statistics_.count_dropped(&UploadStatistics::dropped_failed, upload.nb_events);
        return;
      }
      if (!queue_.has_room(upload.priority)) {
        statistics_.count_dropped(&UploadStatistics::dropped_full, upload.nb_events);
        return;
      }
      queue_.push(std::move(upload));
    }
    curl_multi_wakeup(multi_.get());
  }

  void drain(Time deadline) noexcept {
    if (!thread_.joinable()) {  // Drained before, or the system refused us a thread.
      give_up();
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      deadline_ = deadline;
    }
    if (multi_) curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  UploadStatistics statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

 private:
  void run() noexcept {
    bool going_on = multi_ != nullptr;
    while (going_on) {
      start_transfers();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      const bool some_finished = finish_transfers();
      const std::chrono::milliseconds wait = time_to_wait(going_on);
      if (going_on && !some_finished) {
        curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
      }
    }
    for (const auto& transfer : transfers_) abandon(*transfer);
    if (token_source_ && token_source_->in_flight()) {
      curl_multi_remove_handle(multi_.get(), token_source_->handle());
    }
    give_up();
  }

  void give_up() noexcept {
    const std::lock_guard lock(mutex_);
    while (std::optional<Upload> upload = queue_.take(Time::max())) {
      statistics_.count_dropped(&UploadStatistics::dropped_late, upload->nb_events);
    }
  }

  /// What uploads carry now. None: they have to wait for it.
  std::optional<std::string_view> token() const noexcept {
    if (!token_source_) return options_.api_key;
    const std::string_view token = token_source_->token(Clock::now());
    if (token.empty()) return std::nullopt;
    return token;
  }

  void start_transfers() {
    if (token_source_ && token_source_->start_if_due(Clock::now())) {
      curl_multi_add_handle(multi_.get(), token_source_->handle());
    }
    const std::optional<std::string_view> bearer = token();
    if (!bearer) return;
    for (const auto& transfer : transfers_) {
      if (transfer->in_flight() || !transfer->usable()) continue;
      std::optional<Upload> upload;
      {
        const std::lock_guard lock(mutex_);
        upload = queue_.take(Clock::now());
      }
      if (!upload) return;
      transfer->start(options_.url, *bearer, std::move(*upload));
      ++nb_in_flight_;
      curl_multi_add_handle(multi_.get(), transfer->handle());
    }
  }

  bool finish_transfers() {
    bool some = false;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      some = true;
      if (token_source_ && message->easy_handle == token_source_->handle()) {
        finish_token(message->data.result);
        continue;
      }
      HttpTransfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      const HttpTransfer::Result result = transfer->finish(message->data.result);
      curl_multi_remove_handle(multi_.get(), transfer->handle());
      --nb_in_flight_;
      settle(transfer->take_upload(), result);
    }
    return some;
  }

  void finish_token(CURLcode code) {
    std::optional<std::string> fault = token_source_->finish(code, Clock::now());
    curl_multi_remove_handle(multi_.get(), token_source_->handle());
    if (!fault) return;
    const std::lock_guard lock(mutex_);
    ++statistics_.failed_attempts;
    statistics_.last_error = std::move(*fault);
  }

  void settle(Upload upload, const HttpTransfer::Result& result) {
    const std::lock_guard lock(mutex_);
    if (result.delivered) {
      ++statistics_.sent;
      if (upload.nb_events > 0) ++statistics_.sent_blocks;
      statistics_.sent_bytes += upload.body.size();
      statistics_.sent_events += static_cast<std::uint64_t>(upload.nb_events);
      return;
    }
    ++statistics_.failed_attempts;
    statistics_.last_error = result.error;
    if (!result.worth_retrying) {
      statistics_.count_dropped(&UploadStatistics::dropped_refused, upload.nb_events);
    } else if (!queue_.retry(upload, Clock::now())) {
      statistics_.count_dropped(&UploadStatistics::dropped_failed, upload.nb_events);
    }
  }

  /// Until something is due. `going_on` turns false when all is done, or time is up.
  std::chrono::milliseconds time_to_wait(bool& going_on) {
    const std::lock_guard lock(mutex_);
    const Time now = Clock::now();
    Time until = now + kLongestPoll;
    if (deadline_) {
      // What would have its next attempt after the end has none.
      for (const Upload& late : queue_.take_later_than(*deadline_)) {
        statistics_.count_dropped(&UploadStatistics::dropped_late, late.nb_events);
      }
      going_on = (nb_in_flight_ > 0 || !queue_.empty()) && now < *deadline_;
      until = std::min(until, *deadline_);
    }
    // What is due and has to wait for a free request, or a token, is woken up for by that one's
    // end.
    const bool can_start = nb_in_flight_ < static_cast<int>(transfers_.size()) && token();
    if (const auto next = queue_.next_attempt(); next && can_start) until = std::min(until, *next);
    if (token_source_ && !token_source_->in_flight()) {
      until = std::min(until, token_source_->next_request());
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    return std::max(wait, std::chrono::milliseconds(0));
  }

  void abandon(HttpTransfer& transfer) {
    if (!transfer.in_flight()) return;
    curl_multi_remove_handle(multi_.get(), transfer.handle());
    const std::lock_guard lock(mutex_);
    statistics_.count_dropped(&UploadStatistics::dropped_late, transfer.take_upload().nb_events);
  }

  HttpOptions options_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::vector<std::unique_ptr<HttpTransfer>> transfers_;  // Gone before `multi_` is.
  int nb_in_flight_ = 0;
  std::optional<TokenSource> token_source_;

  mutable std::mutex mutex_;
  UploadQueue queue_;
  UploadStatistics statistics_;
  std::optional<Time> deadline_;  ///< Set when draining.

  std::thread thread_;
};

HttpUploader::HttpUploader(HttpOptions options)
    : worker_(std::make_unique<Worker>(std::move(options))) {}

HttpUploader::~HttpUploader() = default;

bool HttpUploader::has_room(Priority priority) const noexcept {
  return worker_->has_room(priority);
}

void HttpUploader::count_full(std::int32_t nb_events) noexcept { worker_->count_full(nb_events); }

void HttpUploader::post(Upload upload) { worker_->post(std::move(upload)); }

void HttpUploader::drain(std::chrono::steady_clock::time_point deadline) noexcept {
  worker_->drain(deadline);
}

UploadStatistics HttpUploader::statistics() const { return worker_->statistics(); }

}  // namespace micromegas::sink
