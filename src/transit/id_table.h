#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace micromegas::transit {

/// Maps the 64-bit ids of a block to 0, 1, 2, ... in the order in which they were inserted.
///
/// Open addressing under a hash that is seeded once per process: ids come from strangers, who could
/// else choose them so that all collide. `clear` is free and keeps the memory.
class IdTable {
 public:
  IdTable();

  static constexpr std::uint32_t kAbsent = 0xffff'ffff;

  std::uint32_t find(std::uint64_t id) const noexcept {
    for (std::size_t at = hash(id) & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.epoch != epoch_) return kAbsent;
      if (slot.id == id) return slot.ordinal;
    }
  }

  /// False, and nothing happens, when the id is there already.
  bool insert(std::uint64_t id);

  void clear() noexcept;

 private:
  struct Slot {
    std::uint64_t id;
    std::uint32_t ordinal;
    std::uint32_t epoch;  ///< Free when it is not the table's.
  };

  std::size_t hash(std::uint64_t id) const noexcept {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(id ^ seed_) * multiplier_;
    return static_cast<std::size_t>(static_cast<std::uint64_t>(product) ^
                                    static_cast<std::uint64_t>(product >> 64));
  }
  void grow();

  std::vector<Slot> slots_;
  std::size_t mask_;
  std::uint32_t used_ = 0;
  std::uint32_t epoch_ = 1;
  std::uint64_t seed_;
  std::uint64_t multiplier_;
};

}  // namespace micromegas::transit
