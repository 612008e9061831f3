#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_view.h"
#include "transit/dependency_table.h"
#include "transit/object_view.h"
#include "transit/record_cursor.h"
#include "transit/stream_plan.h"
#include "transit/text_arena.h"
#include "transit/value.h"

namespace micromegas::transit {

/// Reads a block: first all that its events refer to, then event by event.
///
///     BlockReader reader;
///     reader.open(plan, dependencies, objects);
///     while (reader.next()) {
///       if (reader.event().type_index() == begin) ids.push_back(reader.event().u64(span_id));
///     }
///
/// Trusts nothing: an event that is visited is whole, its references lead somewhere, its text is
/// UTF-8. The first fault ends the block with a DecodeError; the caller then forgets the events
/// visited so far, since a block counts whole or not at all.
///
/// A reader is for one thread at a time and for many blocks, one after the other: it keeps its
/// memory, and reads an event without asking for more (but for text that has to be converted).
class BlockReader {
 public:
  /// Reads the dependencies. The plan and both buffers (decompressed) stay where they are until the
  /// next `open`. Throws DecodeError.
  void open(const StreamPlan& plan, ByteView dependencies, ByteView objects);

  /// Goes to the next event, the first one at the first call; false at the end of the block. Throws
  /// DecodeError.
  bool next();

  // REQUIRES: next() returned true. Valid until it is called again.

  const ObjectView& event() const noexcept { return *event_; }

  /// What the event is to the format: the event itself, but for a type that is marked as reference,
  /// an instance of which is the value of its member `id`.
  Value value() const;

  /// How many times `next` returned true: after the last event, how many there are.
  std::size_t nb_visited() const noexcept { return nb_visited_; }

  std::uint32_t nb_dependencies() const noexcept { return dependencies_.size(); }
  /// The dependency with that ordinal. REQUIRES: ordinal < nb_dependencies().
  DependencyView dependency(std::uint32_t ordinal) const noexcept {
    return {dependencies_, ordinal};
  }

 private:
  void resolve_references(const RecordPlan& plan, const std::byte* body, std::uint32_t record);
  void read_fields(const RecordCursor::Record& record);
  FieldValue nested_value(const RecordPlan& plan, const std::byte* body) const;
  [[noreturn]] void fail_unresolved(std::string_view member, std::uint64_t id,
                                    std::uint32_t record) const;

  DependencyTable dependencies_;
  RecordCursor cursor_;
  const RecordPlan* plan_ = nullptr;  ///< Of the event.
  std::optional<ObjectView> event_;
  std::vector<std::uint32_t> slots_;  ///< The ordinals of what the event refers to.
  std::vector<FieldValue> fields_;    ///< Of a dynamic event.
  TextArena texts_;
  std::size_t nb_visited_ = 0;
};

}  // namespace micromegas::transit
