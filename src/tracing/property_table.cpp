#include "tracing/property_table.h"

#include <thread>

#include "tracing/crash_file.h"

namespace micromegas::tracing {
namespace {

/// Cells of which the one goes that has not been used for longest.
constexpr std::size_t kGroupCells = 8;
static_assert(PropertyTable::kSmallCells % kGroupCells == 0 &&
              PropertyTable::kMediumCells % kGroupCells == 0 &&
              PropertyTable::kLargeCells % kGroupCells == 0);
constexpr int kMaxAttempts = 4;

// An id: how often the cell was written (16 bits), the cell + 1 (16 bits).
constexpr std::uint32_t kCellBits = 16;
constexpr std::uint32_t kCellMask = (1u << kCellBits) - 1;

std::uint32_t make_id(std::uint32_t changes, std::size_t cell) noexcept {
  return changes >> 1 << kCellBits | static_cast<std::uint32_t>(cell + 1);
}

/// REQUIRES: an id of the table, not 0.
std::size_t cell_of(std::uint32_t id) noexcept { return (id & kCellMask) - 1; }

}  // namespace

PropertyTable& PropertyTable::instance() noexcept {
  union NeverDestroyed {
    PropertyTable table;
    constexpr NeverDestroyed() noexcept : table() {}
    ~NeverDestroyed() {}
  };
  static constinit NeverDestroyed never;
  return never.table;
}

PropertyTable::Size PropertyTable::size_for(std::size_t words) noexcept {
  if (words <= kSmallWords) return {0, 0, kSmallCells, kSmallWords, small_, &claims_[0]};
  if (words <= kMediumWords) {
    return {1, kSmallCells, kMediumCells, kMediumWords, medium_, &claims_[1]};
  }
  return {2, kSmallCells + kMediumCells, kLargeCells, kLargeWords, large_, &claims_[2]};
}

PropertyTable::Size PropertyTable::size_of_cell(std::size_t cell) noexcept {
  if (cell < kSmallCells) return size_for(kSmallWords);
  return size_for(cell < kSmallCells + kMediumCells ? kMediumWords : kLargeWords);
}

PropertyTable::Word* PropertyTable::text_of(std::size_t cell) noexcept {
  const Size size = size_of_cell(cell);
  return size.texts + (cell - size.first_cell) * size.words;
}

std::uint64_t PropertyTable::load(Word& word) noexcept {
  return std::atomic_ref(word).load(std::memory_order_acquire);
}

std::uint32_t PropertyTable::intern(const PropertyText& text) noexcept {
  if (text.empty()) return 0;
  const std::uint32_t hash = text.hash();
  std::atomic<std::uint32_t>* bucket = &index_[hash % (kIndexSlots / kBucketSlots) * kBucketSlots];
  for (std::size_t i = 0; i < kBucketSlots; ++i) {
    const std::uint32_t id = bucket[i].load(std::memory_order_acquire);
    if (id != 0 && holds(id, hash, text)) return id;
  }
  const std::uint32_t id = write(text, hash);
  if (id == 0) {
    count_refused(text.properties().size());
    return 0;
  }
  // In the place of one that is gone, else of any.
  std::atomic<std::uint32_t>* slot = &bucket[(hash >> 20) % kBucketSlots];
  for (std::size_t i = 0; i < kBucketSlots; ++i) {
    if (!alive(bucket[i].load(std::memory_order_relaxed))) slot = &bucket[i];
  }
  slot->store(id, std::memory_order_release);
  return id;
}

bool PropertyTable::alive(std::uint32_t id) const noexcept {
  return id != 0 &&
         make_id(heads_[cell_of(id)].changes.load(std::memory_order_relaxed), cell_of(id)) == id;
}

// Readers and the writer of a cell may meet. Each word is written with release and read with
// acquire, so who reads a word of the new text also sees that the count has become odd.

bool PropertyTable::holds(std::uint32_t id, std::uint32_t hash, const PropertyText& text) noexcept {
  const std::size_t cell = cell_of(id);
  Head& head = heads_[cell];
  const std::uint32_t changes = head.changes.load(std::memory_order_acquire);
  if ((changes & 1) != 0 || make_id(changes, cell) != id) return false;
  if (head.hash.load(std::memory_order_acquire) != hash) return false;
  if (head.bytes.load(std::memory_order_acquire) != text.bytes()) return false;
  Word* words = text_of(cell);
  for (std::size_t i = 0; i < text.nb_words(); ++i) {
    if (load(words[i]) != text.word(i)) return false;
  }
  if (head.changes.load(std::memory_order_relaxed) != changes) return false;
  touch(head, size_of_cell(cell));
  return true;
}

bool PropertyTable::read(std::uint32_t id, PropertyText& text) noexcept {
  text.clear();
  if (id == 0) return false;
  if (copy(id, text)) return true;
  text.clear();
  lost_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool PropertyTable::copy(std::uint32_t id, PropertyText& text) noexcept {
  const std::size_t cell = cell_of(id);
  if (cell >= kCells) return false;
  Head& head = heads_[cell];
  const std::uint32_t changes = head.changes.load(std::memory_order_acquire);
  if (changes == 0 || (changes & 1) != 0 || make_id(changes, cell) != id) return false;
  if (!copy_text(cell, changes, text)) return false;
  touch(head, size_of_cell(cell));
  return true;
}

bool PropertyTable::copy_text(std::size_t cell, std::uint32_t changes,
                              PropertyText& text) noexcept {
  Head& head = heads_[cell];
  const std::size_t bytes = head.bytes.load(std::memory_order_acquire);
  if (bytes > 8 * size_of_cell(cell).words) return false;
  Word* words = text_of(cell);
  const auto word = [&](std::size_t i) { return load(words[i]); };
  return text.copy_from(bytes, word) && head.changes.load(std::memory_order_relaxed) == changes;
}

void PropertyTable::touch(Head& head, const Size& size) noexcept {
  const std::uint32_t now = size.claims->load(std::memory_order_relaxed);
  // Not each time: a line that all threads only read stays with all of them.
  if (now - head.used.load(std::memory_order_relaxed) > size.nb_cells / 64) {
    head.used.store(now, std::memory_order_relaxed);
  }
}

std::size_t PropertyTable::choose_cell(const Size& size, std::uint32_t claim) const noexcept {
  if (claim < size.nb_cells) return size.first_cell + claim;
  const std::size_t group = size.first_cell + claim % (size.nb_cells / kGroupCells) * kGroupCells;
  std::size_t oldest = group;
  std::uint32_t longest = 0;
  for (std::size_t cell = group; cell < group + kGroupCells; ++cell) {
    const std::uint32_t unused_for = claim - heads_[cell].used.load(std::memory_order_relaxed);
    if (unused_for < longest) continue;
    longest = unused_for;
    oldest = cell;
  }
  return oldest;
}

std::uint32_t PropertyTable::write(const PropertyText& text, std::uint32_t hash) noexcept {
  const Size size = size_for(text.nb_words());
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const std::uint32_t claim = size.claims->fetch_add(1, std::memory_order_relaxed);
    const std::size_t cell = choose_cell(size, claim);
    Head& head = heads_[cell];
    std::uint32_t changes = head.changes.load(std::memory_order_relaxed);
    // Somebody else writes there: not worth waiting for.
    if ((changes & 1) != 0 ||
        !head.changes.compare_exchange_strong(changes, changes + 1, std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
      continue;
    }
    const std::uint32_t id = make_id(changes + 2, cell);
    // Before the set is there: whoever meets its number in a dead process finds it.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    CrashFile* const crash_file = CrashFile::current();
    if (crash_file != nullptr) crash_file->add_set(size.index, cell - size.first_cell, id, text);
    head.used.store(claim, std::memory_order_relaxed);
    fill(cell, size, text, hash);
    head.changes.store(changes + 2, std::memory_order_release);
    // One that has come meanwhile may have passed over the cell.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    CrashFile* const late = CrashFile::current();
    if (late != nullptr && late != crash_file) tell(cell, *late);
    return id;
  }
  return 0;
}

void PropertyTable::fill(std::size_t cell, const Size& size, const PropertyText& text,
                         std::uint32_t hash) noexcept {
  Head& head = heads_[cell];
  head.hash.store(hash, std::memory_order_release);
  head.bytes.store(static_cast<std::uint32_t>(text.bytes()), std::memory_order_release);
  Word* words = size.texts + (cell - size.first_cell) * size.words;
  for (std::size_t i = 0; i < text.nb_words(); ++i) {
    std::atomic_ref(words[i]).store(text.word(i), std::memory_order_release);
  }
}

void PropertyTable::tell_all(CrashFile& crash_file) noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (std::size_t cell = 0; cell < kCells; ++cell) tell(cell, crash_file);
}

// Threads write cells while a new file is told of them. Each of them looks for the file when it has
// made the count odd, and once more when it has made it even; the fences see to it that `tell_all`
// does not miss who misses the file both times.

void PropertyTable::tell(std::size_t cell, CrashFile& crash_file) noexcept {
  Head& head = heads_[cell];
  const Size size = size_of_cell(cell);
  PropertyText text;
  bool told = false;
  for (;;) {
    const std::uint32_t changes = head.changes.load(std::memory_order_acquire);
    if (changes == 0) return;
    if ((changes & 1) != 0) {
      // Somebody writes there and will tell, unless we have written over what he told.
      if (!told) return;
      std::this_thread::yield();
      continue;
    }
    if (!copy_text(cell, changes, text)) continue;
    crash_file.add_set(size.index, cell - size.first_cell, make_id(changes, cell), text);
    told = true;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (head.changes.load(std::memory_order_relaxed) == changes) return;
  }
}

bool PropertyTable::restore(std::size_t size, std::size_t cell, std::uint32_t id,
                            const PropertyText& text) noexcept {
  const Size its_size = size_for(text.nb_words());
  if (text.empty() || its_size.index != size || cell >= its_size.nb_cells) return false;
  cell += its_size.first_cell;
  Head& head = heads_[cell];
  if (cell_of(id) != cell || head.changes.load(std::memory_order_relaxed) != 0) return false;
  fill(cell, its_size, text, text.hash());
  // After 65,536 writings the number begins anew, and a count of 0 would mean that there was none.
  const std::uint32_t times = id >> kCellBits != 0 ? id >> kCellBits : 1u << kCellBits;
  head.changes.store(times << 1, std::memory_order_release);
  return true;
}

}  // namespace micromegas::tracing
