#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_view.h"
#include "transit/id_table.h"
#include "transit/record_cursor.h"
#include "transit/stream_plan.h"
#include "transit/text_arena.h"

namespace micromegas::transit {

class DependencyTable;
class ObjectView;

/// A dependency of a block: a text, a property set or an object.
///
/// Cheap to copy; valid until the reader's next `open()`, and as long as the buffers.
class DependencyView {
 public:
  enum class Kind : std::uint8_t { kText, kObject, kPropertySet };

  DependencyView(const DependencyTable& table, std::uint32_t ordinal) noexcept
      : table_(&table), ordinal_(ordinal) {}

  /// 0, 1, ... in the order of the dependencies buffer; less than `BlockReader::nb_dependencies()`.
  std::uint32_t ordinal() const noexcept { return ordinal_; }
  Kind kind() const noexcept;

  // REQUIRES: that kind.

  std::string_view text() const noexcept;
  ObjectView object() const noexcept;

  /// The properties of a set, in their order, repeated names kept.
  std::uint32_t nb_properties() const noexcept;
  std::pair<std::string_view, std::string_view> property(std::uint32_t index) const noexcept;

 private:
  const DependencyTable* table_;
  std::uint32_t ordinal_;
};

/// What the events of a block refer to: id -> text, object or property set.
///
/// Texts stay where they are in the buffer, unless they have to be converted. A dependency may be
/// of 13 bytes and takes several times that here, so their number is bounded: it is 16 times that
/// of the events in the largest blocks that are recorded.
class DependencyTable {
 public:
  /// Reads a dependencies buffer, which stays where it is as long as the table is used. Throws
  /// DecodeError; what the table holds then is of no use.
  void parse(const StreamPlan& plan, ByteView buffer);

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(entries_.size()); }

  static constexpr std::size_t kMaxDependencies = std::size_t{1} << 20;

  static constexpr std::uint32_t kAbsent = IdTable::kAbsent;
  /// The ordinal of the dependency with that id, or kAbsent.
  std::uint32_t find(std::uint64_t id) const noexcept { return ids_.find(id); }

 private:
  friend class DependencyView;

  struct Entry {
    DependencyView::Kind kind;
    std::uint32_t size;          ///< Bytes of a text, properties of a set.
    std::uint32_t first_slot;    ///< References of an object, texts of a set: in `slots_`.
    std::uint32_t record;        ///< Where its record begins.
    const std::byte* data;       ///< A text, or the body of the record of an object.
    const ObjectLayout* layout;  ///< Of an object.

    static Entry of_text(std::string_view text, std::uint32_t record) noexcept {
      return {DependencyView::Kind::kText,
              static_cast<std::uint32_t>(text.size()),
              0,
              record,
              as_bytes(text).data(),
              nullptr};
    }
  };

  void add(std::uint64_t id, const Entry& entry);
  void add_static_string(const RecordCursor::Record& record);
  void add_static_string_dependency(const RecordCursor::Record& record);
  void add_property_set(const RecordCursor::Record& record);
  void add_object(const RecordCursor::Record& record);
  void resolve_references(const RecordPlan& plan, const std::byte* body,
                          const RecordCursor::Record& record);
  std::uint32_t text_ordinal(std::uint32_t ordinal, const RecordCursor::Record& record) const;
  void count_overlap(const std::byte* end_of_contents, const RecordCursor::Record& record);

  ByteView buffer_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  ///< Ordinals.
  IdTable ids_;
  TextArena texts_;
  std::size_t overlap_left_ = 0;
};

}  // namespace micromegas::transit
