#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace micromegas::transit {

/// A hash table that is emptied in no time: remembers what a block already holds.
///
/// Open addressing; `Slot` has the members `hash` and `epoch`, and a slot of another epoch is free.
/// `clear` begins the next epoch and keeps the memory.
template <class Slot>
class InternTable {
 public:
  /// The slot of this hash for which `matches` holds; else a free slot, claimed for this hash, with
  /// `created` set, which the caller fills. Null when memory is refused.
  template <class Matches>
  Slot* find_or_claim(std::uint32_t hash, bool& created, Matches&& matches) noexcept {
    created = false;
    if (capacity_ == 0 && !grow()) return nullptr;
    std::size_t at = hash & (capacity_ - 1);
    for (; slots_[at].epoch == epoch_; at = (at + 1) & (capacity_ - 1)) {
      if (slots_[at].hash == hash && matches(slots_[at])) return &slots_[at];
    }
    if (2 * (used_ + 1) > capacity_) {
      if (!grow()) return nullptr;
      at = free_slot(slots_.get(), capacity_, hash);
    }
    created = true;
    ++used_;
    slots_[at].hash = hash;
    slots_[at].epoch = epoch_;
    return &slots_[at];
  }

  /// Gives a slot back that was claimed by the latest call.
  void unclaim(Slot& slot) noexcept {
    slot.epoch = epoch_ - 1;
    --used_;
  }

  void clear() noexcept {
    used_ = 0;
    if (++epoch_ != 0) return;
    for (std::size_t i = 0; i < capacity_; ++i) slots_[i].epoch = 0;  // after 2^32 blocks
    epoch_ = 1;
  }

 private:
  static constexpr std::size_t kFirstCapacity = 64;

  std::size_t free_slot(const Slot* slots, std::size_t capacity,
                        std::uint32_t hash) const noexcept {
    std::size_t at = hash & (capacity - 1);
    while (slots[at].epoch == epoch_) at = (at + 1) & (capacity - 1);
    return at;
  }

  bool grow() noexcept {
    const std::size_t capacity = capacity_ == 0 ? kFirstCapacity : capacity_ * 2;
    std::unique_ptr<Slot[]> slots(new (std::nothrow) Slot[capacity]());
    if (!slots) return false;
    for (std::size_t i = 0; i < capacity_; ++i) {
      if (slots_[i].epoch != epoch_) continue;
      slots[free_slot(slots.get(), capacity, slots_[i].hash)] = slots_[i];
    }
    slots_ = std::move(slots);
    capacity_ = capacity;
    return true;
  }

  std::unique_ptr<Slot[]> slots_;
  std::size_t capacity_ = 0;  ///< A power of two, or 0.
  std::size_t used_ = 0;
  std::uint32_t epoch_ = 1;
};

}  // namespace micromegas::transit
