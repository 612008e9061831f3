#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace micromegas {

/// A number that only grows, shown by `/metrics`. Any thread may add to it; adding is one relaxed
/// atomic addition, so it belongs in servers, not on the event path of instrumentation.
class Counter {
 public:
  /// `name` follows Prometheus (`micromegas_ingestion_blocks_total`). A Counter is a static object:
  /// it registers itself for good.
  Counter(const char* name, const char* help) noexcept;
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void add(std::uint64_t amount = 1) noexcept {
    value_.fetch_add(amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  const char* name() const noexcept { return name_; }
  const char* help() const noexcept { return help_; }
  const Counter* next() const noexcept { return next_; }

 private:
  const char* name_;
  const char* help_;
  Counter* next_ = nullptr;
  std::atomic<std::uint64_t> value_{0};
};

/// All counters in the Prometheus text format 0.0.4.
std::string render_counters();

}  // namespace micromegas
