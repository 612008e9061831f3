#include "apps/micromegas/progress_line.h"

#include <cstdio>
#include <string>

#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/terminal.h"

namespace micromegas::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(1);
constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr int kStandardError = 2;

}  // namespace

ProgressLine::ProgressLine() {
  if (terminal_of(kStandardError).is_terminal) {
    thread_ = std::thread([this] { draw_until_stopped(); });
  }
}

void ProgressLine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ProgressLine::draw_until_stopped() {
  std::unique_lock lock(mutex_);
  const auto stopped = [this] { return stopped_; };
  if (wake_.wait_for(lock, kPatience, stopped)) return;
  do {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_);
    std::string line = "\r\x1b[K" + std::to_string(seconds.count()) + " s";
    if (const auto rows = rows_.load(std::memory_order_relaxed); rows > 0) {
      line += ", " + count_text(rows) + " rows";
    }
    std::fputs((line + " (Ctrl-C stops)").c_str(), stderr);
    std::fflush(stderr);
  } while (!wake_.wait_for(lock, kInterval, stopped));
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace micromegas::cli
