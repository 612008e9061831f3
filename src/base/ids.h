#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace micromegas {

/// A 128-bit UUID. Compared and hashed by its bytes; written lower case with hyphens.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  /// A random (version 4) id, drawn from the operating system. Any thread may call it.
  static Uuid random();

  /// Reads `0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0`, also upper case, without hyphens, in braces or
  /// behind `urn:uuid:` (RFC 9562, and what producers were seen to send); nothing else.
  static std::optional<Uuid> parse(std::string_view text) noexcept;

  /// The id that `number` has among those made from `origin`: the same one each time it is asked
  /// for (version 8), and as unlikely to meet another as a random one.
  static Uuid derived(const Uuid& origin, std::uint64_t number) noexcept;

  std::string to_string() const;

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// An id with a meaning: a `ProcessId` cannot pass for a `StreamId`.
template <class Tag>
struct Id {
  Uuid uuid;

  static Id random() { return Id{Uuid::random()}; }
  static std::optional<Id> parse(std::string_view text) noexcept {
    if (auto uuid = Uuid::parse(text)) return Id{*uuid};
    return std::nullopt;
  }
  std::string to_string() const { return uuid.to_string(); }

  friend auto operator<=>(const Id&, const Id&) = default;
};

using ProcessId = Id<struct ProcessIdTag>;
using StreamId = Id<struct StreamIdTag>;
using BlockId = Id<struct BlockIdTag>;

}  // namespace micromegas

template <>
struct std::hash<micromegas::Uuid> {
  std::size_t operator()(const micromegas::Uuid& id) const noexcept {
    // Random ids: any eight of their bytes hash as well as all of them.
    std::uint64_t low;
    std::memcpy(&low, id.bytes.data() + 8, sizeof low);
    return static_cast<std::size_t>(low);
  }
};

template <class Tag>
struct std::hash<micromegas::Id<Tag>> {
  std::size_t operator()(const micromegas::Id<Tag>& id) const noexcept {
    return std::hash<micromegas::Uuid>{}(id.uuid);
  }
};
