#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/byte_view.h"
#include "tracing/event_sink.h"

namespace micromegas::tracing {

/// A block that is on its way, as a file beside the crash file, for the case that the process dies
/// before it has arrived.
///
///     <folder>/<process id>/<stream id>-<object offset>.block
///
///     front  texts: the keys and values of the stream's properties in turn  dependencies  objects
struct BlockFileFront {
  static constexpr std::array<char, 8> kMagic = {'M', 'M', 'B', 'L', 'O', 'C', 'K', '\n'};
  static constexpr std::uint32_t kVersion = 1;

  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t kind = 0;  ///< A StreamKind.
  std::array<std::uint8_t, 16> stream_id{};
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t object_offset = 0;
  std::int32_t nb_objects = 0;
  std::uint32_t nb_properties = 0;
  std::uint64_t texts_bytes = 0;
  std::uint64_t dependencies_bytes = 0;
  std::uint64_t objects_bytes = 0;
};
static_assert(sizeof(BlockFileFront) == 88);

inline constexpr std::string_view kBlockFileSuffix = ".block";

/// The most that the files of a process take. They wait as long as their blocks do, for a server
/// that may be away; what waits beyond it is lost if the process crashes, and only then.
inline constexpr std::uint64_t kMostBytesOnTheWay = std::uint64_t{256} << 20;

/// Writes the file. It is there until nobody holds the result any more; null: it cannot be written,
/// or there are too many.
std::shared_ptr<const void> write_block_file(const std::string& folder, const ClosedBlock& block,
                                             const StreamDescription& stream) noexcept;

/// What a block's file says. The block's buffers are parts of the bytes that were read.
struct BlockOfFile {
  StreamDescription stream;
  ClosedBlock block;
};

/// Nothing: it is not a whole file of that format.
std::optional<BlockOfFile> read_block_file(ByteView file);

}  // namespace micromegas::tracing
