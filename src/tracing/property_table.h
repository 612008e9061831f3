#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tracing/property_text.h"

namespace micromegas::tracing {

class CrashFile;

/// The property sets of a process by number. All of its memory is here, in cells of three sizes;
/// nothing is ever asked of the system.
///
/// When the cells of a size are used up, each further set takes the place of one that has not been
/// used for long: of eight cells, and the next eight for the set after it, the one that was last
/// used longest ago. So a program may give each of its requests an id for ever, and keeps the sets
/// that it goes on using. The number of a set that is gone says so: it contains how often its cell
/// has been written.
///
/// No lock: a cell has a count that is odd while the cell is written, and a reader who finds the
/// count changed after reading has read nothing. Any thread may call anything.
class PropertyTable {
 public:
  constexpr PropertyTable() noexcept = default;
  PropertyTable(const PropertyTable&) = delete;
  PropertyTable& operator=(const PropertyTable&) = delete;

  /// The number of a set. 0: it is empty, or (next to never) found no cell.
  std::uint32_t intern(const PropertyText& text) noexcept;

  /// Tells a crash file of all sets; those to come, `CrashFile::current()` is told of.
  /// REQUIRES: it is the current one.
  void tell_all(CrashFile& crash_file) noexcept;

  /// Puts a set into a cell, under the number that another process gave it. False: it is no number
  /// of that cell, or the cell is taken, or of another size than the text's.
  bool restore(std::size_t size, std::size_t cell, std::uint32_t id,
               const PropertyText& text) noexcept;

  /// Copies a set out. False: the number is 0, or the set is gone, which is counted.
  bool read(std::uint32_t id, PropertyText& text) noexcept;

  /// Properties that found no room in their set or in the table.
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }
  void count_refused(std::size_t properties) noexcept {
    if (properties > 0) refused_.fetch_add(properties, std::memory_order_relaxed);
  }
  /// How often a set was asked for that was gone.
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

  /// The process's. Never destroyed: threads may outlive `main`.
  static PropertyTable& instance() noexcept;

  static constexpr std::size_t kSmallCells = 24 * 1024;
  static constexpr std::size_t kMediumCells = 4 * 1024;
  static constexpr std::size_t kLargeCells = 512;

  /// How many cells there are of each size, and of how many words.
  struct CellSize {
    std::size_t nb_cells;
    std::size_t words;
  };
  static constexpr std::array<CellSize, 3> kSizes = {
      {{kSmallCells, 16}, {kMediumCells, 64}, {kLargeCells, PropertyText::kMaxWords}}};

 private:
  static constexpr std::size_t kCells = kSmallCells + kMediumCells + kLargeCells;
  static constexpr std::size_t kSmallWords = kSizes[0].words;
  static constexpr std::size_t kMediumWords = kSizes[1].words;
  static constexpr std::size_t kLargeWords = kSizes[2].words;
  static constexpr std::size_t kIndexSlots = 64 * 1024;
  static constexpr std::size_t kBucketSlots = 4;

  /// Accessed by `std::atomic_ref`: so many atomics are more than compilers construct in advance.
  using Word = std::uint64_t;

  struct Head {
    std::atomic<std::uint32_t> changes{0};  ///< Odd while it is written.
    std::atomic<std::uint32_t> hash{0};
    std::atomic<std::uint32_t> bytes{0};
    std::atomic<std::uint32_t> used{0};  ///< When it last was, in claims of its size.
  };

  /// The cells of one size.
  struct Size {
    std::size_t index;  ///< In kSizes.
    std::size_t first_cell;
    std::size_t nb_cells;
    std::size_t words;
    Word* texts;
    std::atomic<std::uint32_t>* claims;  ///< Sets written so far.
  };
  Size size_for(std::size_t words) noexcept;
  Size size_of_cell(std::size_t cell) noexcept;
  static std::uint64_t load(Word& word) noexcept;
  Word* text_of(std::size_t cell) noexcept;

  static void touch(Head& head, const Size& size) noexcept;
  std::size_t choose_cell(const Size& size, std::uint32_t claim) const noexcept;
  std::uint32_t write(const PropertyText& text, std::uint32_t hash) noexcept;
  void fill(std::size_t cell, const Size& size, const PropertyText& text,
            std::uint32_t hash) noexcept;
  void tell(std::size_t cell, CrashFile& crash_file) noexcept;
  bool copy(std::uint32_t id, PropertyText& text) noexcept;
  /// The text of a cell that has been changed so often.
  bool copy_text(std::size_t cell, std::uint32_t changes, PropertyText& text) noexcept;
  bool holds(std::uint32_t id, std::uint32_t hash, const PropertyText& text) noexcept;
  bool alive(std::uint32_t id) const noexcept;

  std::array<Head, kCells> heads_{};
  Word small_[kSmallCells * kSmallWords] = {};
  Word medium_[kMediumCells * kMediumWords] = {};
  Word large_[kLargeCells * kLargeWords] = {};
  std::array<std::atomic<std::uint32_t>, 3> claims_{};
  /// Where a text may be found: by its hash, a few numbers. One that is not there is written again,
  /// under another number, and nobody minds.
  std::array<std::atomic<std::uint32_t>, kIndexSlots> index_{};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace micromegas::tracing
