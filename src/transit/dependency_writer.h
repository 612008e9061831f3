#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/byte_view.h"
#include "transit/intern_table.h"
#include "transit/record_buffer.h"
#include "transit/records.h"

namespace micromegas::transit {

/// What the events of a block refer to, while the block is written: texts, property sets, and the
/// records of its stream. Each is written when it is first asked for and known by its id from then
/// on. Ids are drawn from a counter, never made of addresses (two texts may begin at the same
/// address, a text and its record too).
///
/// One thread at a time. Once warm, no call asks for memory.
class DependencyWriter {
 public:
  /// Ids begin at 1 in each block; 0 stands for "memory was refused" and is never written.
  using Id = std::uint32_t;

  /// The positions of these types in the table of the stream's dependencies. A stream without
  /// property sets never asks for one.
  struct Types {
    std::uint8_t static_string = 0;
    std::uint8_t property_set = 0;
  };
  explicit DependencyWriter(Types types) noexcept : types_(types) {}

  /// A `StaticString`, known by its content. What is no UTF-8 in it becomes U+FFFD.
  Id string(std::string_view text) noexcept;

  /// A `PropertySetDependency`, known by its content: any range of things that have a `name` and a
  /// `value`, `kMaxProperties` at most.
  template <class Properties>
  Id property_set(const Properties& set) noexcept {
    std::array<PropertyRecord, kMaxProperties> records;
    std::size_t count = 0;
    for (const auto& property : set) {
      if (count == kMaxProperties) return 0;
      records[count] = {string_ref(property.name), string_ref(property.value)};
      if (records[count].name.id == 0 || records[count].value.id == 0) return 0;
      ++count;
    }
    return intern({records.data(), count});
  }
  static constexpr std::size_t kMaxProperties = 64;

  /// A record of a fixed-size type, known by the address of what it describes, which neither moves
  /// nor changes before `clear`. `make` asks for the texts that the record refers to and returns
  /// it, or nothing when one of them is missing; its member `id` is filled in here.
  template <class Make>
  Id record(std::uint8_t type, const void* described, Make make) noexcept {
    bool created = false;
    AddressSlot* slot = claim(type, described, created);
    if (slot == nullptr) return 0;
    if (!created) return slot->id;
    auto made = make();
    if (made) made->id = std::uint64_t{last_id_} + 1;
    slot->id = made && buffer_.append(type, *made) ? ++last_id_ : 0;
    if (slot->id == 0) addresses_.unclaim(*slot);
    return slot->id;
  }

  ByteView view() const noexcept { return buffer_.view(); }

  /// Begins the next block. Keeps the memory.
  void clear() noexcept;

 private:
  struct AddressSlot {
    const void* address;
    std::uint32_t hash;
    std::uint32_t epoch;
    std::uint32_t type;
    Id id;
  };
  struct StringSlot {
    std::uint32_t hash;
    std::uint32_t epoch;
    Id id;
    std::uint32_t offset;  ///< Of the text, in the buffer.
    std::uint32_t length;
  };
  struct SetSlot {
    std::uint32_t hash;
    std::uint32_t epoch;
    Id id;
    std::uint32_t offset;  ///< Of its properties, in the buffer.
    std::uint32_t count;
  };

  AddressSlot* claim(std::uint8_t type, const void* address, bool& created) noexcept;
  /// A new one, for the caller to fill; its id is then `last_id_`. Null: memory is refused.
  std::byte* append_string(std::uint32_t length) noexcept;
  Id intern(std::span<const PropertyRecord> set) noexcept;
  StaticStringRef string_ref(std::string_view text) noexcept;

  const Types types_;
  RecordBuffer buffer_;
  InternTable<StringSlot> strings_;
  InternTable<SetSlot> sets_;
  InternTable<AddressSlot> addresses_;
  Id last_id_ = 0;
};

}  // namespace micromegas::transit
