#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/byte_view.h"

namespace micromegas::sink {

/// What goes first. Losses hurt in this order as well.
enum class Priority { kMetadata, kLogs, kMetrics, kTraces };
inline constexpr std::size_t kNbPriorities = 4;

/// A request that is to be posted.
struct Upload {
  Priority priority = Priority::kTraces;
  const char* path = "";       ///< After the base URL, e.g. `/ingestion/insert_block`.
  Bytes body;                  ///< Made once: a retry carries the same ids.
  std::int32_t nb_events = 0;  ///< What is lost with it.
  /// Held until it has arrived or is given up (ClosedBlock::evidence).
  std::shared_ptr<const void> evidence = {};
  int attempts = 0;  ///< Made so far.
};

struct UploadLimits {
  /// Beyond so many bytes in the queue blocks of spans are dropped ...
  std::size_t max_bytes_for_traces = std::size_t{128} << 20;
  /// ... and beyond so many logs and metrics too. Metadata never is.
  std::size_t max_bytes = std::size_t{256} << 20;
};

/// Requests that wait to be posted, by priority; within one, oldest first. A request that failed
/// waits for its next attempt without keeping others back.
///
/// No thread safety of its own, no clock of its own.
class UploadQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit UploadQueue(const UploadLimits& limits) noexcept : limits_(limits) {}

  /// Whether an upload of this priority would be taken now.
  bool has_room(Priority priority) const noexcept;

  /// REQUIRES: has_room(upload.priority).
  void push(Upload upload);

  /// Puts an upload that has failed back, unless it has had its attempts: then false, and it is
  /// lost.
  ///
  /// Attempts after the first one: metadata 10, logs 5, metrics 2, traces 1; after 10 ms, 100 ms,
  /// and so on tenfold, at most `kLongestDelay`.
  bool retry(Upload& upload, Time now);

  /// The next one that may go now.
  std::optional<Upload> take(Time now);

  /// When the next one that failed may go. None: nobody waits.
  std::optional<Time> next_attempt() const noexcept;

  /// Takes everything out that could not go before `deadline`.
  std::vector<Upload> take_later_than(Time deadline);

  bool empty() const noexcept { return size_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }

  static constexpr std::chrono::milliseconds kFirstDelay{10};
  static constexpr std::chrono::milliseconds kLongestDelay{60'000};

 private:
  struct Waiting {
    Upload upload;
    Time due;
  };

  void count_in(const Upload& upload) noexcept;
  Upload count_out(Upload upload) noexcept;

  const UploadLimits limits_;
  std::array<std::deque<Upload>, kNbPriorities> fresh_;
  std::vector<Waiting> failed_;  ///< Few: each has been in flight.
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace micromegas::sink
