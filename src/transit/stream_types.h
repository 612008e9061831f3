#pragma once

#include <cstdint>

#include "transit/type_description.h"

namespace micromegas::transit {

/// The two type tables that a producer announces for a stream.
struct StreamTypes {
  TypeTable dependencies;
  TypeTable objects;
};

/// Of thread streams (tag `cpu`): thread spans and async spans share one queue.
const StreamTypes& thread_stream_types();

/// Of the log stream (tag `log`).
const StreamTypes& log_stream_types();

/// Of the metrics stream (tag `metrics`).
const StreamTypes& metrics_stream_types();

/// Of streams of details (tag `async_detail`): what async spans do between begin and end.
const StreamTypes& async_detail_stream_types();

/// Of the stream that says of a process that it crashed (tag `crash`): one event, no dependencies.
const StreamTypes& crash_stream_types();

// Positions in thread_stream_types(), which records begin with.

enum class ThreadDependency : std::uint8_t { kSpanRecord, kSpanLocationRecord, kStaticString };

enum class ThreadEvent : std::uint8_t {
  kBeginThreadSpan,
  kEndThreadSpan,
  kBeginThreadNamedSpan,
  kEndThreadNamedSpan,
  kBeginAsyncSpan,
  kEndAsyncSpan,
  kBeginAsyncNamedSpan,
  kEndAsyncNamedSpan,
};

// Positions in log_stream_types(), of what we write.

enum class LogDependency : std::uint8_t {
  kStaticString = 0,
  kLogMetadataRecord = 2,
  kPropertySet = 3,
};

enum class LogEvent : std::uint8_t { kStaticText = 0, kText = 1, kTaggedText = 4 };

// Positions in metrics_stream_types(), of what we write.

enum class MetricsDependency : std::uint8_t {
  kStaticString = 0,
  kMetricMetadata = 2,
  kPropertySet = 3,
};

enum class MetricsEvent : std::uint8_t { kInteger, kFloat, kTaggedFloat, kTaggedInteger };

// Positions in async_detail_stream_types().

enum class AsyncDetailDependency : std::uint8_t { kAwaitSiteRecord, kStaticString, kPropertySet };

enum class AsyncDetailEvent : std::uint8_t { kSuspend, kResume, kProperties, kError };

}  // namespace micromegas::transit
