#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace arrow {
class Array;
}

namespace micromegas::views {

/// Gives each distinct text an index: the dictionary of a dictionary-encoded column. One thread at
/// a time.
class StringDictionary {
 public:
  /// The text is copied.
  std::int32_t index_of(std::string_view text) {
    if (const auto found = indices_.find(text); found != indices_.end()) return found->second;
    const auto index = static_cast<std::int32_t>(texts_.size());
    nb_bytes_ += text.size();
    indices_.emplace(texts_.emplace_back(text), index);
    return index;
  }

  std::size_t size() const noexcept { return texts_.size(); }

  /// Of all texts together.
  std::size_t nb_bytes() const noexcept { return nb_bytes_; }

  void clear() noexcept {
    nb_bytes_ = 0;
    indices_.clear();
    texts_.clear();
  }

  /// The texts by index, as a utf8 array.
  std::shared_ptr<arrow::Array> to_array() const;

 private:
  std::deque<std::string> texts_;  ///< Do not move: the map's keys point to them.
  std::unordered_map<std::string_view, std::int32_t> indices_;
  std::size_t nb_bytes_ = 0;
};

}  // namespace micromegas::views
