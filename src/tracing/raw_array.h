#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace micromegas::tracing {

/// A growing array of plain values that says so when memory is refused, where a vector would throw.
template <class T>
class RawArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  RawArray() noexcept = default;
  ~RawArray() { std::free(items_); }
  RawArray(const RawArray&) = delete;
  RawArray& operator=(const RawArray&) = delete;

  /// False: no memory, and nothing is appended.
  bool append(const T* items, std::size_t count) noexcept {
    if (capacity_ - size_ < count && !grow(count)) return false;
    if (count > 0) std::memcpy(static_cast<void*>(items_ + size_), items, count * sizeof(T));
    size_ += count;
    return true;
  }

  /// Takes the last ones off.
  void shrink_to(std::size_t size) noexcept { size_ = size; }

  /// Keeps the memory, unless it is out of proportion.
  void clear() noexcept {
    size_ = 0;
    if (capacity_ * sizeof(T) <= kMostKeptBytes) return;
    std::free(items_);
    items_ = nullptr;
    capacity_ = 0;
  }

  T* data() noexcept { return items_; }
  const T* data() const noexcept { return items_; }
  std::size_t size() const noexcept { return size_; }
  const T& operator[](std::size_t index) const noexcept { return items_[index]; }

 private:
  static constexpr std::size_t kFirstCapacity = 256;
  static constexpr std::size_t kMostKeptBytes = std::size_t{4} << 20;

  bool grow(std::size_t count) noexcept {
    const std::size_t capacity = std::max({kFirstCapacity, capacity_ * 2, size_ + count});
    void* items = std::realloc(static_cast<void*>(items_), capacity * sizeof(T));
    if (items == nullptr) return false;
    items_ = static_cast<T*>(items);
    capacity_ = capacity;
    return true;
  }

  T* items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace micromegas::tracing
