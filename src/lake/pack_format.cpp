#include "lake/pack_format.h"

#include <charconv>
#include <cstdio>
#include <cstring>

#include <xxhash.h>

#include "base/error.h"

namespace micromegas::lake {
namespace {

constexpr std::string_view kMagic = "MMPK";
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kHeaderSizeAt = 6;
constexpr std::size_t kContentSizeAt = 8;
constexpr std::size_t kProcessIdAt = 16;
constexpr std::size_t kStreamIdAt = 32;
constexpr std::size_t kBlockIdAt = 48;
constexpr std::size_t kChecksumAt = 64;

template <class Unsigned>
void put(std::byte* at, Unsigned value) {
  for (std::size_t i = 0; i < sizeof value; ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

template <class Unsigned>
Unsigned get(const std::byte* at) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<Unsigned>(value | static_cast<Unsigned>(at[i]) << (8 * i));
  }
  return value;
}

template <class SomeId>
SomeId get_id(const std::byte* at) {
  SomeId id;
  std::memcpy(id.uuid.bytes.data(), at, id.uuid.bytes.size());
  return id;
}

std::uint64_t checksum(const std::byte* header, ByteView content) {
  return XXH3_64bits_withSeed(content.data(), content.size(), XXH3_64bits(header, kChecksumAt));
}

Error malformed(const std::string& what) {
  return Error(ErrorKind::kMalformed, "pack entry: " + what);
}

/// Reads a number up to `end` (or the end of the text) and drops both.
std::optional<std::uint64_t> take_number(std::string_view& text, char end, int base = 10) {
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (end == '\0') return text.empty() ? std::optional(value) : std::nullopt;
  if (text.empty() || text.front() != end) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

}  // namespace

PackEntry::Header encode_pack_header(PackEntry& entry, ByteView content) {
  PackEntry::Header header{};
  std::memcpy(header.data(), kMagic.data(), kMagic.size());
  put(header.data() + kVersionAt, PackEntry::kVersion);
  put(header.data() + kHeaderSizeAt, static_cast<std::uint16_t>(PackEntry::kHeaderSize));
  put(header.data() + kContentSizeAt, static_cast<std::uint64_t>(content.size()));
  std::memcpy(header.data() + kProcessIdAt, entry.process_id.uuid.bytes.data(), 16);
  std::memcpy(header.data() + kStreamIdAt, entry.stream_id.uuid.bytes.data(), 16);
  std::memcpy(header.data() + kBlockIdAt, entry.block_id.uuid.bytes.data(), 16);
  entry.content_size = content.size();
  entry.checksum = checksum(header.data(), content);
  put(header.data() + kChecksumAt, entry.checksum);
  return header;
}

PackEntry decode_pack_entry(ByteView header_bytes, ByteView content) {
  if (header_bytes.size() < PackEntry::kHeaderSize) throw malformed("cut within its header");
  const std::byte* header = header_bytes.data();
  if (as_text(header_bytes.first(kMagic.size())) != kMagic) throw malformed("none here");
  const auto version = get<std::uint16_t>(header + kVersionAt);
  if (version != PackEntry::kVersion ||
      get<std::uint16_t>(header + kHeaderSizeAt) != PackEntry::kHeaderSize) {
    throw malformed("version " + std::to_string(version) + " is not known");
  }
  PackEntry entry;
  entry.content_size = get<std::uint64_t>(header + kContentSizeAt);
  if (content.size() < entry.content_size) throw malformed("cut within its content");
  entry.process_id = get_id<ProcessId>(header + kProcessIdAt);
  entry.stream_id = get_id<StreamId>(header + kStreamIdAt);
  entry.block_id = get_id<BlockId>(header + kBlockIdAt);
  entry.checksum = get<std::uint64_t>(header + kChecksumAt);
  if (entry.checksum != checksum(header, content.first(entry.content_size))) {
    throw malformed("the checksum does not fit");
  }
  return entry;
}

std::string PackLocation::to_string() const {
  std::array<char, 20> sum{};
  std::snprintf(sum.data(), sum.size(), "#%016llx", static_cast<unsigned long long>(checksum));
  return path + '@' + std::to_string(offset) + '+' + std::to_string(content_size) + sum.data();
}

std::optional<PackLocation> PackLocation::parse(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  PackLocation location;
  location.path = text.substr(0, at);
  if (!location.path.starts_with("packs/") || location.path.find("..") != std::string::npos) {
    return std::nullopt;
  }
  text.remove_prefix(at + 1);
  const auto offset = take_number(text, '+');
  if (!offset) return std::nullopt;
  const auto size = take_number(text, '#');
  if (!size) return std::nullopt;
  const auto checksum = take_number(text, '\0', 16);
  if (!checksum) return std::nullopt;
  location.offset = *offset;
  location.content_size = *size;
  location.checksum = *checksum;
  return location;
}

}  // namespace micromegas::lake
