#pragma once

#include <atomic>
#include <cstddef>

namespace micromegas::ingestion {

/// Bounds the bytes that all connections together hold of half-received bodies. Any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  /// A share of the budget: grows while there is room, and goes back when it is destroyed.
  class Share {
   public:
    explicit Share(MemoryBudget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { budget_.used_.fetch_sub(bytes_, std::memory_order_relaxed); }

    /// False, changing nothing: there is no room.
    bool grow_to(std::size_t bytes) {
      if (bytes <= bytes_) return true;
      const std::size_t more = bytes - bytes_;
      const std::size_t before = budget_.used_.fetch_add(more, std::memory_order_relaxed);
      if (before + more > budget_.limit_) {
        budget_.used_.fetch_sub(more, std::memory_order_relaxed);
        return false;
      }
      bytes_ = bytes;
      return true;
    }

   private:
    MemoryBudget& budget_;
    std::size_t bytes_ = 0;
  };

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace micromegas::ingestion
