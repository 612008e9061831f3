#include "transit/id_table.h"

#include <cstring>

#include "base/ids.h"

namespace micromegas::transit {
namespace {

constexpr std::size_t kFirstCapacity = 256;

struct HashKey {
  std::uint64_t seed;
  std::uint64_t multiplier;
};

const HashKey& process_hash_key() {
  static const HashKey kKey = [] {
    HashKey random;
    static_assert(sizeof random == sizeof(Uuid::bytes));
    std::memcpy(&random, Uuid::random().bytes.data(), sizeof random);
    random.multiplier |= 1;
    return random;
  }();
  return kKey;
}

}  // namespace

IdTable::IdTable()
    : slots_(kFirstCapacity),
      mask_(kFirstCapacity - 1),
      seed_(process_hash_key().seed),
      multiplier_(process_hash_key().multiplier) {}

bool IdTable::insert(std::uint64_t id) {
  if (2 * (std::size_t{used_} + 1) > slots_.size()) grow();
  std::size_t at = hash(id) & mask_;
  for (; slots_[at].epoch == epoch_; at = (at + 1) & mask_) {
    if (slots_[at].id == id) return false;
  }
  slots_[at] = {id, used_++, epoch_};
  return true;
}

void IdTable::clear() noexcept {
  used_ = 0;
  if (++epoch_ != 0) return;
  for (Slot& slot : slots_) slot.epoch = 0;  // after 2^32 blocks
  epoch_ = 1;
}

void IdTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.epoch != epoch_) continue;
    std::size_t at = hash(slot.id) & mask_;
    while (slots_[at].epoch == epoch_) at = (at + 1) & mask_;
    slots_[at] = slot;
  }
}

}  // namespace micromegas::transit
