#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace micromegas::ingestion {

/// Keeps a failure that repeats a thousand times a second from filling the log: counts, and says
/// now and then that it is time for a line. One thread at a time.
class LogThrottle {
 public:
  /// Adds `count` to what is untold; gives all of it when a line is due, and 0 when not.
  std::size_t note(std::size_t count) {
    const auto now = std::chrono::steady_clock::now();
    untold_ += count;
    if (last_line_ && now - *last_line_ < kPeriod) return 0;
    last_line_ = now;
    return std::exchange(untold_, 0);
  }

 private:
  static constexpr std::chrono::seconds kPeriod{10};

  std::optional<std::chrono::steady_clock::time_point> last_line_;
  std::size_t untold_ = 0;
};

}  // namespace micromegas::ingestion
