#include "transit/record_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace micromegas::transit {
namespace {

constexpr std::size_t kFirstCapacity = 4096;

/// Readers count in 32 bits, and no block of ours comes near this.
constexpr std::size_t kMaxCapacity = std::size_t{1} << 30;

}  // namespace

RecordBuffer::~RecordBuffer() { std::free(data_); }

RecordBuffer::RecordBuffer(RecordBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

RecordBuffer& RecordBuffer::operator=(RecordBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

bool RecordBuffer::grow(std::size_t count) noexcept {
  if (count > kMaxCapacity - size_) return false;
  const std::size_t capacity =
      std::min(kMaxCapacity, std::max({kFirstCapacity, capacity_ * 2, size_ + count}));
  void* data = std::realloc(data_, capacity);
  if (data == nullptr) return false;
  data_ = static_cast<std::byte*>(data);
  capacity_ = capacity;
  return true;
}

std::byte* RecordBuffer::append_dynamic(std::uint8_t type_index, std::uint32_t body_size) noexcept {
  std::byte* at = extend(1 + sizeof body_size + std::size_t{body_size});
  if (at == nullptr) return nullptr;
  *at = static_cast<std::byte>(type_index);
  std::memcpy(at + 1, &body_size, sizeof body_size);
  return at + 1 + sizeof body_size;
}

}  // namespace micromegas::transit
