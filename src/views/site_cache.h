#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace micromegas::views {

/// A hash table from the keys of a block to what was worked out for them, emptied in no time for
/// the next block. One lookup per event: a multiplication and, as a rule, one comparison.
template <class Value>
class SiteCache {
 public:
  SiteCache() : slots_(kInitialSlots) {}

  /// Forgets all.
  void clear() noexcept {
    size_ = 0;
    if (++epoch_ == 0) {
      slots_.assign(slots_.size(), Slot{});
      epoch_ = 1;
    }
  }

  /// The value of `key`, made by `make()` at its first use. Valid until the next call.
  template <class Make>
  const Value& find_or_make(std::uint64_t key, Make make) {
    Slot* slot = &find(key);
    if (slot->epoch != epoch_) {
      if (2 * (size_ + 1) > slots_.size()) {
        grow();
        slot = &find(key);
      }
      slot->value = make();  // May throw: the slot is taken only then.
      slot->key = key;
      slot->epoch = epoch_;
      ++size_;
    }
    return slot->value;
  }

 private:
  static constexpr std::size_t kInitialSlots = 256;  // A power of two, as every size is.

  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t epoch = 0;
    Value value{};
  };

  Slot& find(std::uint64_t key) noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = (key * 0x9e3779b97f4a7c15u) >> 32 & mask;
    while (slots_[i].epoch == epoch_ && slots_[i].key != key) i = (i + 1) & mask;
    return slots_[i];
  }

  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.epoch == epoch_) find(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  std::uint32_t epoch_ = 1;
};

}  // namespace micromegas::views
