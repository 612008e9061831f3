#include "transit/dependency_writer.h"

#include <cstring>
#include <limits>

#include "transit/records.h"
#include "transit/utf8.h"

namespace micromegas::transit {
namespace {

constexpr std::uint64_t kMultiplier = 0x9e37'79b9'7f4a'7c15;

/// Mixes all bits of `value` into all bits of the result.
std::uint64_t mix(std::uint64_t value) noexcept {
  value *= kMultiplier;
  return value ^ value >> 32;
}

std::uint32_t hash_address(const void* address) noexcept {
  return static_cast<std::uint32_t>(mix(reinterpret_cast<std::uintptr_t>(address)));
}

std::uint32_t hash_text(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  std::size_t at = 0;
  for (std::uint64_t word; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    hash = mix(hash ^ word);
  }
  std::uint64_t rest = 0;
  if (at < text.size()) std::memcpy(&rest, text.data() + at, text.size() - at);
  return static_cast<std::uint32_t>(mix(hash ^ rest));
}

}  // namespace

void DependencyWriter::clear() noexcept {
  buffer_.clear();
  strings_.clear();
  sets_.clear();
  addresses_.clear();
  last_id_ = 0;
}

DependencyWriter::AddressSlot* DependencyWriter::claim(std::uint8_t type, const void* address,
                                                       bool& created) noexcept {
  AddressSlot* slot = addresses_.find_or_claim(
      hash_address(address) + type, created,
      [&](const AddressSlot& other) { return other.address == address && other.type == type; });
  if (slot != nullptr && created) {
    slot->address = address;
    slot->type = type;
  }
  return slot;
}

DependencyWriter::Id DependencyWriter::string(std::string_view text) noexcept {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() / 4) return 0;
  const auto length = static_cast<std::uint32_t>(text.size());
  bool created = false;
  // By content, so that one text is sent once however many sites spell it.
  StringSlot* slot = strings_.find_or_claim(hash_text(text), created, [&](const StringSlot& other) {
    return other.length == length &&
           (length == 0 ||
            std::memcmp(buffer_.view().data() + other.offset, text.data(), length) == 0);
  });
  if (slot == nullptr) return 0;
  if (!created) return slot->id;

  if (!is_valid_utf8(text)) {
    // Readers refuse a block for it. Repaired anew each time: next to never, and what is compared
    // is what was written.
    strings_.unclaim(*slot);
    const auto repaired = static_cast<std::uint32_t>(lossy_utf8_size(text));
    std::byte* body = append_string(repaired);
    if (body == nullptr) return 0;
    write_lossy_utf8(text, reinterpret_cast<char*>(body));
    return last_id_;
  }
  std::byte* body = append_string(length);
  if (body == nullptr) {
    strings_.unclaim(*slot);
    return 0;
  }
  if (length > 0) std::memcpy(body, text.data(), length);
  slot->id = last_id_;
  slot->offset = static_cast<std::uint32_t>(buffer_.size() - length);
  slot->length = length;
  return slot->id;
}

std::byte* DependencyWriter::append_string(std::uint32_t length) noexcept {
  const std::uint64_t id = std::uint64_t{last_id_} + 1;
  std::byte* body = buffer_.append_dynamic(types_.static_string, sizeof id + length);
  if (body == nullptr) return nullptr;
  std::memcpy(body, &id, sizeof id);
  ++last_id_;
  return body + sizeof id;
}

DependencyWriter::Id DependencyWriter::intern(std::span<const PropertyRecord> set) noexcept {
  std::uint64_t hash = set.size();
  for (const PropertyRecord& property : set) {
    hash = mix(mix(hash ^ property.name.id) ^ property.value.id);
  }
  bool created = false;
  // The ids of its texts tell its content.
  SetSlot* slot =
      sets_.find_or_claim(static_cast<std::uint32_t>(hash), created, [&](const SetSlot& other) {
        return other.count == set.size() &&
               (set.empty() || std::memcmp(buffer_.view().data() + other.offset, set.data(),
                                           set.size_bytes()) == 0);
      });
  if (slot == nullptr) return 0;
  if (!created) return slot->id;

  const std::uint64_t id = std::uint64_t{last_id_} + 1;
  const auto count = static_cast<std::uint32_t>(set.size());
  constexpr std::size_t kHeaderBytes = sizeof id + sizeof count;
  std::byte* body = buffer_.append_dynamic(
      types_.property_set, static_cast<std::uint32_t>(kHeaderBytes + set.size_bytes()));
  if (body == nullptr) {
    sets_.unclaim(*slot);
    return 0;
  }
  std::memcpy(body, &id, sizeof id);
  std::memcpy(body + sizeof id, &count, sizeof count);
  if (count > 0) std::memcpy(body + kHeaderBytes, set.data(), set.size_bytes());
  slot->id = ++last_id_;
  slot->offset = static_cast<std::uint32_t>(buffer_.size() - set.size_bytes());
  slot->count = count;
  return slot->id;
}

StaticStringRef DependencyWriter::string_ref(std::string_view text) noexcept {
  return {string(text), static_cast<std::uint32_t>(text.size())};
}

}  // namespace micromegas::transit
