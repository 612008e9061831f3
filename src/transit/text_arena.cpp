#include "transit/text_arena.h"

#include <algorithm>
#include <cstring>

#include "transit/utf8.h"

namespace micromegas::transit {
namespace {

constexpr std::size_t kChunkSize = std::size_t{16} << 10;

}  // namespace

std::string_view TextArena::utf8(std::string_view bytes) {
  if (is_valid_utf8(bytes)) return bytes;
  converted_.clear();
  append_lossy_utf8(bytes, converted_);
  return keep(converted_);
}

std::string_view TextArena::utf16le(std::string_view bytes) {
  converted_.clear();
  append_utf16le(bytes, converted_);
  return keep(converted_);
}

void TextArena::clear() noexcept {
  if (chunks_.size() > 1) chunks_.resize(1);
  used_ = 0;
}

std::string_view TextArena::keep(std::string_view text) {
  if (chunks_.empty() || chunks_.back().size - used_ < text.size()) {
    const std::size_t size = std::max(kChunkSize, text.size());
    chunks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    used_ = 0;
  }
  char* at = chunks_.back().bytes.get() + used_;
  std::memcpy(at, text.data(), text.size());
  used_ += text.size();
  return {at, text.size()};
}

}  // namespace micromegas::transit
