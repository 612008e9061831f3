#include "sink/upload_queue.h"

#include <algorithm>
#include <utility>

namespace micromegas::sink {
namespace {

constexpr std::array<int, kNbPriorities> kMaxRetries = {10, 5, 2, 1};

std::size_t index_of(Priority priority) noexcept { return static_cast<std::size_t>(priority); }

std::chrono::milliseconds delay_after(int attempts) noexcept {
  auto delay = UploadQueue::kFirstDelay;
  for (int i = 1; i < attempts && delay < UploadQueue::kLongestDelay; ++i) delay *= 10;
  return std::min(delay, UploadQueue::kLongestDelay);
}

}  // namespace

bool UploadQueue::has_room(Priority priority) const noexcept {
  switch (priority) {
    case Priority::kMetadata:
      return true;
    case Priority::kLogs:
    case Priority::kMetrics:
      return bytes_ <= limits_.max_bytes;
    case Priority::kTraces:
      break;
  }
  return bytes_ <= limits_.max_bytes_for_traces;
}

void UploadQueue::push(Upload upload) {
  count_in(upload);
  fresh_[index_of(upload.priority)].push_back(std::move(upload));
}

bool UploadQueue::retry(Upload& upload, Time now) {
  if (upload.attempts > kMaxRetries[index_of(upload.priority)]) return false;
  count_in(upload);
  const Time due = now + delay_after(upload.attempts);
  failed_.push_back({std::move(upload), due});
  return true;
}

std::optional<Upload> UploadQueue::take(Time now) {
  for (std::size_t priority = 0; priority < kNbPriorities; ++priority) {
    const auto due = std::find_if(failed_.begin(), failed_.end(), [&](const Waiting& waiting) {
      return index_of(waiting.upload.priority) == priority && waiting.due <= now;
    });
    if (due != failed_.end()) {
      Upload upload = count_out(std::move(due->upload));
      failed_.erase(due);
      return upload;
    }
    if (fresh_[priority].empty()) continue;
    Upload upload = count_out(std::move(fresh_[priority].front()));
    fresh_[priority].pop_front();
    return upload;
  }
  return std::nullopt;
}

std::optional<UploadQueue::Time> UploadQueue::next_attempt() const noexcept {
  std::optional<Time> next;
  for (const Waiting& waiting : failed_) {
    if (!next || waiting.due < *next) next = waiting.due;
  }
  return next;
}

std::vector<Upload> UploadQueue::take_later_than(Time deadline) {
  std::vector<Upload> late;
  const auto first_late = std::partition(failed_.begin(), failed_.end(),
                                         [&](const Waiting& w) { return w.due < deadline; });
  for (auto at = first_late; at != failed_.end(); ++at) {
    late.push_back(count_out(std::move(at->upload)));
  }
  failed_.erase(first_late, failed_.end());
  return late;
}

void UploadQueue::count_in(const Upload& upload) noexcept {
  ++size_;
  bytes_ += upload.body.size();
}

Upload UploadQueue::count_out(Upload upload) noexcept {
  --size_;
  bytes_ -= upload.body.size();
  return upload;
}

}  // namespace micromegas::sink
