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

/// The same where it names a text of a property.
struct StaticStringRef {
  std::uint64_t id;
  std::uint32_t length;
  std::uint32_t codec = 2;  ///< One byte, then padding. 2: UTF-8.
};
static_assert(sizeof(StaticStringRef) == 16);

/// One member of a `PropertySetDependency`.
struct PropertyRecord {
  StaticStringRef name;
  StaticStringRef value;
};
static_assert(sizeof(PropertyRecord) == 32);

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

/// How an async span ended. Readers that do not know the member pass over it; spans that come
/// without it read as kOk.
enum class SpanOutcome : std::uint32_t { kOk = 0, kError = 1, kCancelled = 2 };

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

// The original has the same members in another order. This one is for LZ4: what differs from event
// to event stands in front, what repeats itself (the texts' ids, zeros) follows in one piece. A
// pair of events takes a fifth less than in the original's order (docs/decisions/0026).

struct AsyncSpanEvent {
  std::int64_t time;
  std::uint64_t span_id;
  SpanOutcome outcome = SpanOutcome::kOk;  ///< Of an end; padding in a begin.
  std::uint32_t depth;
  std::uint64_t span_desc;       ///< Id of a SpanRecord.
  std::uint64_t parent_span_id;  ///< 0: a root.
};
static_assert(sizeof(AsyncSpanEvent) == 40);

struct AsyncNamedSpanEvent {
  std::int64_t time;
  std::uint64_t span_id;
  SpanOutcome outcome = SpanOutcome::kOk;  ///< Of an end; padding in a begin.
  std::uint32_t depth;
  std::uint64_t span_location;  ///< Id of a SpanLocationRecord.
  std::uint64_t parent_span_id;
  StringId name;
};
static_assert(sizeof(AsyncNamedSpanEvent) == 56);

// Streams of details of async spans: what they depend on, and their events.

/// Where a coroutine waits.
struct AwaitSiteRecord {
  std::uint64_t id;
  std::uint64_t function;
  std::uint64_t file;
  std::uint32_t line;
  std::uint32_t column;
};
static_assert(sizeof(AwaitSiteRecord) == 32 && offsetof(AwaitSiteRecord, column) == 28);

struct AsyncSpanSuspendEvent {
  std::uint64_t span_id;
  std::uint64_t await_site;       ///< Id of an AwaitSiteRecord.
  std::uint64_t awaited_span_id;  ///< 0: not known, or no span.
  std::int64_t time;
};
static_assert(sizeof(AsyncSpanSuspendEvent) == 32);

struct AsyncSpanResumeEvent {
  std::uint64_t span_id;
  std::uint64_t awaited_span_id;  ///< 0: not known, or no span.
  std::int64_t time;
};
static_assert(sizeof(AsyncSpanResumeEvent) == 24);

struct AsyncSpanPropertiesEvent {
  std::uint64_t span_id;
  std::uint64_t properties;  ///< Id of a property set.
  std::int64_t time;
};
static_assert(sizeof(AsyncSpanPropertiesEvent) == 24);

struct AsyncSpanErrorEvent {
  std::uint64_t span_id;
  std::uint64_t message;  ///< Id of a text.
  std::int64_t time;
};
static_assert(sizeof(AsyncSpanErrorEvent) == 24);

// Log and metrics streams: what they depend on, and their events of a fixed size.

struct LogMetadataRecord {
  std::uint64_t id;
  std::uint64_t fmt_str;
  std::uint64_t target;
  std::uint64_t module_path;
  std::uint64_t file;
  std::uint32_t line;
  std::uint32_t level;
};
static_assert(sizeof(LogMetadataRecord) == 48 && offsetof(LogMetadataRecord, level) == 44);

struct LogStaticStrEvent {
  std::uint64_t desc;  ///< Id of a LogMetadataRecord, whose `fmt_str` is the message.
  std::int64_t time;
};
static_assert(sizeof(LogStaticStrEvent) == 16);

struct MetricMetadataRecord {
  std::uint64_t id;
  std::uint64_t name;
  std::uint64_t unit;
  std::uint64_t target;
  std::uint64_t file;
  std::uint32_t line;
  std::uint32_t lod;
};
static_assert(sizeof(MetricMetadataRecord) == 48 && offsetof(MetricMetadataRecord, lod) == 44);

/// An integer, or the bits of a double.
struct MetricEvent {
  std::uint64_t desc;  ///< Id of a MetricMetadataRecord.
  std::uint64_t value;
  std::int64_t time;
};
static_assert(sizeof(MetricEvent) == 24);

struct TaggedMetricEvent {
  std::uint64_t desc;
  std::uint64_t properties;  ///< Id of a property set.
  std::uint64_t value;
  std::int64_t time;
};
static_assert(sizeof(TaggedMetricEvent) == 32);

/// The process ended without ending its recording. Written by whoever found what it left.
struct ProcessCrashEvent {
  std::uint64_t recovered_events;  ///< That would have been lost.
  std::int64_t time;               ///< Of the latest of them; of none: when the process started.
};
static_assert(sizeof(ProcessCrashEvent) == 16);

}  // namespace micromegas::transit
