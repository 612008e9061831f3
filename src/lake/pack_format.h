#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_view.h"
#include "base/ids.h"
#include "lake/rows.h"

namespace micromegas::lake {

/// A pack is a file of payloads, one entry after the other (docs/formats/lake-layout.md). An entry
/// is a header of 72 bytes, then the content; integers are little-endian.
///
///      0        4         6             8                16
///     +--------+---------+-------------+----------------+
///     | "MMPK" | version | header size | content length |
///     +--------+---------+-------------+----------------+
///     16           32          48         64         72
///     +------------+-----------+----------+----------+-----------
///     | process id | stream id | block id | checksum | content...
///     +------------+-----------+----------+----------+-----------
///
/// The checksum is the 64-bit XXH3 of the content, seeded with the XXH3 of the header's first 64
/// bytes.
struct PackEntry {
  static constexpr std::size_t kHeaderSize = 72;
  static constexpr std::uint16_t kVersion = 1;
  using Header = std::array<std::byte, kHeaderSize>;

  ProcessId process_id;
  StreamId stream_id;
  BlockId block_id;
  std::uint64_t content_size = 0;
  std::uint64_t checksum = 0;
};

/// Fills in size and checksum of `entry` and gives the header to write in front of `content`.
PackEntry::Header encode_pack_header(PackEntry& entry, ByteView content);

/// Reads an entry from its header and what lies behind it, which may be more than its content.
/// Throws `Error{kMalformed}` naming what is wrong: too short (a torn tail), no entry at all, a
/// checksum that does not fit.
PackEntry decode_pack_entry(ByteView header, ByteView content);

/// Where an entry lies: `packs/2026-11-22/060221-5f3a9c01.pack@4096+1234#89abcdef01234567`: path
/// below the folder of blobs, offset of the header, length of the content, checksum. The checksum
/// covers the ids, so that a location finds the very entry that was written, or nothing.
struct PackLocation {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t content_size = 0;
  std::uint64_t checksum = 0;

  std::string to_string() const;

  /// nullopt: not a location, or one that points out of the folder.
  static std::optional<PackLocation> parse(std::string_view text);
};

}  // namespace micromegas::lake
