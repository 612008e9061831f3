#pragma once

#include <cstddef>
#include <memory>

namespace arrow {
class Buffer;
}

namespace micromegas::views {

/// Memory of `size` bytes that Arrow arrays may share. Throws `Error{kResourceExhausted}`.
std::shared_ptr<arrow::Buffer> allocate_column(std::size_t size, void*& memory);

/// The fixed-width values of one column, written by index and then shared with an Arrow array
/// without a copy.
///
/// The memory serves again for the next rows once no array holds it any more.
template <class T>
class ColumnBuffer {
 public:
  explicit ColumnBuffer(std::size_t capacity) : capacity_(capacity) { allocate(); }

  T& operator[](std::size_t row) noexcept { return values_[row]; }
  const T* data() const noexcept { return values_; }

  const std::shared_ptr<arrow::Buffer>& share() const noexcept { return buffer_; }

  /// Call before rows are written that are not those of the arrays made so far.
  void reuse() {
    if (buffer_.use_count() > 1) allocate();
  }

 private:
  void allocate() {
    void* memory = nullptr;
    buffer_ = allocate_column(capacity_ * sizeof(T), memory);
    values_ = static_cast<T*>(memory);
  }

  std::size_t capacity_;
  std::shared_ptr<arrow::Buffer> buffer_;
  T* values_ = nullptr;
};

}  // namespace micromegas::views
