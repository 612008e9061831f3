#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace micromegas::cli {

/// One line on standard error that tells a waiting person how long a query runs and how many rows
/// came, from its second second on. Nothing at all when standard error is no terminal.
class ProgressLine {
 public:
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { stop(); }

  void set_rows(std::uint64_t rows) { rows_.store(rows, std::memory_order_relaxed); }

  /// Wipes the line. To be called before anything else is written to the terminal.
  void stop();

 private:
  void draw_until_stopped();

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> rows_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace micromegas::cli
