#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/byte_view.h"

namespace micromegas::transit {

/// One of the two buffers of a block while it is written: records back to back, no padding between.
///
/// `clear` keeps the memory, so a buffer that is used again asks for none once it is warm. When the
/// system refuses memory, an append returns false and the buffer is as before: a program that is
/// being watched never dies of it.
class RecordBuffer {
 public:
  RecordBuffer() noexcept = default;
  ~RecordBuffer();
  RecordBuffer(RecordBuffer&& other) noexcept;
  RecordBuffer& operator=(RecordBuffer&& other) noexcept;

  /// Appends a record of a fixed-size type.
  template <class Body>
  bool append(std::uint8_t type_index, const Body& body) noexcept {
    static_assert(std::is_trivially_copyable_v<Body> &&
                  std::has_unique_object_representations_v<Body>);
    std::byte* at = extend(1 + sizeof(Body));
    if (at == nullptr) return false;
    *at = static_cast<std::byte>(type_index);
    std::memcpy(at + 1, &body, sizeof(Body));
    return true;
  }

  /// Appends a record of a dynamic type and returns its body, `body_size` bytes for the caller to
  /// fill; null when memory is refused.
  std::byte* append_dynamic(std::uint8_t type_index, std::uint32_t body_size) noexcept;

  ByteView view() const noexcept { return {data_, size_}; }
  std::size_t size() const noexcept { return size_; }
  void clear() noexcept { size_ = 0; }

 private:
  /// Makes room for `count` more bytes at the end and counts them in.
  std::byte* extend(std::size_t count) noexcept {
    if (capacity_ - size_ < count && !grow(count)) return nullptr;
    std::byte* at = data_ + size_;
    size_ += count;
    return at;
  }
  bool grow(std::size_t count) noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace micromegas::transit
