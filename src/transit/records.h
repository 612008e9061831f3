#pragma once

#include <cstddef>
#include <cstdint>

// The bodies of the fixed-size records that our producer writes: raw memory, little-endian, in the
// layout of the original on 64-bit Linux (docs/formats/wire-format.md). `stream_types.h` describes
// them to readers. Padding is a named member, so that no stray byte of memory ever travels.
namespace micromegas::transit {

/// An id that stands for a string of the block; the length is a courtesy.
struct StringId {
  std::uint64_t id;
  std::uint32_t length;
  std::uint32_t padding = 0;
};
static_assert(sizeof(StringId) == 16);

// Dependencies of thread streams. Each reference is the id of a string.

struct SpanRecord {
  std::uint64_t id;
  std::uint64_t name;
  std::uint64_t target;
  std::uint64_t module_path;
  std::uint64_t file;
  std::uint32_t line;
  std::uint32_t lod;
};
static_assert(sizeof(SpanRecord) == 48 && offsetof(SpanRecord, lod) == 44);

struct SpanLocationRecord {
  std::uint64_t id;
  std::uint64_t target;
  std::uint64_t module_path;
  std::uint64_t file;
  std::uint32_t line;
  std::uint32_t lod;
};
static_assert(sizeof(SpanLocationRecord) == 40 && offsetof(SpanLocationRecord, lod) == 36);

// Events of thread streams. Begin and end of a span have the same body.

struct ThreadSpanEvent {
  std::uint64_t thread_span_desc;  ///< Id of a SpanRecord.
  std::int64_t time;
};
static_assert(sizeof(ThreadSpanEvent) == 16);

struct ThreadNamedSpanEvent {
  std::uint64_t thread_span_location;  ///< Id of a SpanLocationRecord.
  StringId name;
  std::int64_t time;
};
static_assert(sizeof(ThreadNamedSpanEvent) == 32 && offsetof(ThreadNamedSpanEvent, time) == 24);

struct AsyncSpanEvent {
  std::uint64_t span_desc;  ///< Id of a SpanRecord.
  std::uint64_t span_id;
  std::uint64_t parent_span_id;  ///< 0: a root.
  std::int64_t time;             ///< Before `depth` in memory, after it in the type's description.
  std::uint32_t depth;
  std::uint32_t padding = 0;
};
static_assert(sizeof(AsyncSpanEvent) == 40 && offsetof(AsyncSpanEvent, depth) == 32);

struct AsyncNamedSpanEvent {
  std::uint64_t span_location;  ///< Id of a SpanLocationRecord.
  StringId name;
  std::uint64_t span_id;
  std::uint64_t parent_span_id;
  std::int64_t time;
  std::uint32_t depth;
  std::uint32_t padding = 0;
};
static_assert(sizeof(AsyncNamedSpanEvent) == 56 && offsetof(AsyncNamedSpanEvent, depth) == 48);

}  // namespace micromegas::transit
