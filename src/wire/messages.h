#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/byte_view.h"
#include "base/ids.h"
#include "base/time.h"
#include "transit/type_description.h"

namespace micromegas::wire {

/// Key-value pairs of a process or a stream, in the order they came.
using Properties = std::vector<std::pair<std::string, std::string>>;

/// One run of an instrumented program (wire format section 2.1).
struct ProcessInfo {
  ProcessId process_id;
  std::string exe;
  std::string username;
  std::string realname;
  std::string computer;
  std::string distro;
  std::string cpu_brand;
  std::int64_t tsc_frequency = 0;  ///< Ticks per second; 0 (or less): unknown, to be estimated.
  Timestamp start_time;            ///< Read together with start_ticks.
  Ticks start_ticks;               ///< Absolute.
  std::optional<ProcessId> parent_process_id;
  Properties properties;
};

/// An ordered source of events: a thread, the log, the metrics (section 2.2). Its two type tables
/// say how to read its blocks.
struct StreamInfo {
  ProcessId process_id;
  StreamId stream_id;
  transit::TypeTable dependencies_metadata;
  transit::TypeTable objects_metadata;
  std::vector<std::string> tags;  ///< `cpu`, `log`, `metrics`, `image`, `net`.
  Properties properties;          ///< `cpu`: `thread-id`, `thread-name`.
};

/// What is known of a block without its payload (section 2.4).
struct BlockInfo {
  BlockId block_id;
  StreamId stream_id;
  ProcessId process_id;
  Timestamp begin_time;
  Ticks begin_ticks;  ///< Relative to the process's start_ticks; may be negative.
  Timestamp end_time;
  Ticks end_ticks;                 ///< Relative, as begin_ticks.
  std::int64_t object_offset = 0;  ///< Events in all earlier blocks of the stream.
  std::int32_t nb_objects = 0;     ///< Events in this block.
};

/// The bytes of a block: two LZ4 frames (section 3). What the lake keeps as one blob.
struct BlockPayload {
  Bytes dependencies;
  Bytes objects;
};

/// A body of /ingestion/insert_block.
struct BlockMessage {
  BlockInfo info;
  BlockPayload payload;
};

/// Decoders take no more of these in one message; more are malformed.
inline constexpr std::size_t kMaxProperties = 4'096;
inline constexpr std::size_t kMaxTags = 256;
inline constexpr std::size_t kMaxTypes = 1'024;    ///< Of a type table.
inline constexpr std::size_t kMaxMembers = 1'024;  ///< Of a type.

// Encoders give the bodies that producers post, keys in the original's order. Decoders read them by
// the rules of section 2 and throw Error{kMalformed} naming the field and the offset, e.g.
// "insert_block: begin_ticks: expected an integer at byte 132, found a float". Strings are not
// length-checked here: what a store can hold is the store's business.

Bytes encode_process(const ProcessInfo& process);
ProcessInfo decode_process(ByteView body);

Bytes encode_stream(const StreamInfo& stream);
StreamInfo decode_stream(ByteView body);

Bytes encode_block(const BlockMessage& block);
BlockMessage decode_block(ByteView body);

/// The blob of a block: the CBOR map {dependencies, objects} with two byte strings.
Bytes encode_payload(const BlockPayload& payload);
BlockPayload decode_payload(ByteView blob);

/// A type table as a CBOR array of maps: how the lake keeps `dependencies_metadata` and
/// `objects_metadata`, and what the `streams` table shows.
Bytes encode_type_table(const transit::TypeTable& types);
transit::TypeTable decode_type_table(ByteView cbor);

}  // namespace micromegas::wire
