#include "transit/stream_types.h"

#include <cstddef>

#include "transit/records.h"

namespace micromegas::transit {
namespace {

// What stands in `type_name` of a reference is free: readers do not look at it. Ours say what the
// original's say, so that a dump of either reads alike.
constexpr const char* kStringPointer = "* const u8";
constexpr const char* kSpanPointer = "& 'static SpanMetadata";
constexpr const char* kLocationPointer = "& 'static SpanLocation";
constexpr const char* kLogPointer = "& 'static LogMetadata < 'static >";
constexpr const char* kMetricPointer = "& 'static StaticMetricMetadata";
constexpr const char* kPropertiesPointer = "& 'static PropertySet";

MemberDescription reference(const char* name, const char* type_name, std::size_t offset) {
  return {name, type_name, static_cast<std::uint32_t>(offset), 8, true};
}
MemberDescription u32(const char* name, std::size_t offset) {
  return {name, "u32", static_cast<std::uint32_t>(offset), 4, false};
}
MemberDescription u64(const char* name, std::size_t offset) {
  return {name, "u64", static_cast<std::uint32_t>(offset), 8, false};
}
MemberDescription i64(const char* name, std::size_t offset) {
  return {name, "i64", static_cast<std::uint32_t>(offset), 8, false};
}
MemberDescription f64(const char* name, std::size_t offset) {
  return {name, "f64", static_cast<std::uint32_t>(offset), 8, false};
}
MemberDescription nested(const char* name, const char* type_name, std::size_t offset) {
  return {name, type_name, static_cast<std::uint32_t>(offset), sizeof(StringId), false};
}

TypeDescription dynamic_type(const char* name) { return {name, 0, false, {}}; }

/// `StringId` and `StaticStringRef`: an instance is the string that its id refers to.
TypeDescription string_reference_type(const char* name) {
  return {name, sizeof(StringId), true, {reference("id", "usize", 0)}};
}

TypeDescription property_type() {
  return {"Property",
          32,
          false,
          {nested("name", "StaticStringRef", 0), nested("value", "StaticStringRef", 16)}};
}

TypeDescription thread_span(const char* name) {
  using Event = ThreadSpanEvent;
  return {name,
          sizeof(Event),
          false,
          {reference("thread_span_desc", kSpanPointer, offsetof(Event, thread_span_desc)),
           i64("time", offsetof(Event, time))}};
}

TypeDescription thread_named_span(const char* name) {
  using Event = ThreadNamedSpanEvent;
  return {
      name,
      sizeof(Event),
      false,
      {reference("thread_span_location", kLocationPointer, offsetof(Event, thread_span_location)),
       nested("name", "StringId", offsetof(Event, name)), i64("time", offsetof(Event, time))}};
}

TypeDescription async_span(const char* name) {
  using Event = AsyncSpanEvent;
  return {name,
          sizeof(Event),
          false,
          {reference("span_desc", kSpanPointer, offsetof(Event, span_desc)),
           u64("span_id", offsetof(Event, span_id)),
           u64("parent_span_id", offsetof(Event, parent_span_id)),
           u32("depth", offsetof(Event, depth)), i64("time", offsetof(Event, time))}};
}

TypeDescription async_named_span(const char* name) {
  using Event = AsyncNamedSpanEvent;
  return {
      name,
      sizeof(Event),
      false,
      {reference("span_location", kLocationPointer, offsetof(Event, span_location)),
       nested("name", "StringId", offsetof(Event, name)), u64("span_id", offsetof(Event, span_id)),
       u64("parent_span_id", offsetof(Event, parent_span_id)), u32("depth", offsetof(Event, depth)),
       i64("time", offsetof(Event, time))}};
}

/// The end of an async span also says how it ended: the one member that the original's lack.
template <class Event>
TypeDescription with_outcome(TypeDescription end) {
  end.members.push_back(u32("outcome", offsetof(Event, outcome)));
  return end;
}

StreamTypes make_thread_stream_types() {
  return {{{"SpanRecord",
            sizeof(SpanRecord),
            false,
            {u64("id", offsetof(SpanRecord, id)),
             reference("name", kStringPointer, offsetof(SpanRecord, name)),
             reference("target", kStringPointer, offsetof(SpanRecord, target)),
             reference("module_path", kStringPointer, offsetof(SpanRecord, module_path)),
             reference("file", kStringPointer, offsetof(SpanRecord, file)),
             u32("line", offsetof(SpanRecord, line)), u32("lod", offsetof(SpanRecord, lod))}},
           {"SpanLocationRecord",
            sizeof(SpanLocationRecord),
            false,
            {u64("id", offsetof(SpanLocationRecord, id)),
             reference("target", kStringPointer, offsetof(SpanLocationRecord, target)),
             reference("module_path", kStringPointer, offsetof(SpanLocationRecord, module_path)),
             reference("file", kStringPointer, offsetof(SpanLocationRecord, file)),
             u32("line", offsetof(SpanLocationRecord, line)),
             u32("lod", offsetof(SpanLocationRecord, lod))}},
           dynamic_type("StaticString")},
          {thread_span("BeginThreadSpanEvent"), thread_span("EndThreadSpanEvent"),
           thread_named_span("BeginThreadNamedSpanEvent"),
           thread_named_span("EndThreadNamedSpanEvent"), async_span("BeginAsyncSpanEvent"),
           with_outcome<AsyncSpanEvent>(async_span("EndAsyncSpanEvent")),
           async_named_span("BeginAsyncNamedSpanEvent"),
           with_outcome<AsyncNamedSpanEvent>(async_named_span("EndAsyncNamedSpanEvent")),
           string_reference_type("StringId")}};
}

StreamTypes make_async_detail_stream_types() {
  using Site = AwaitSiteRecord;
  using Suspend = AsyncSpanSuspendEvent;
  using Resume = AsyncSpanResumeEvent;
  using Properties = AsyncSpanPropertiesEvent;
  using Error = AsyncSpanErrorEvent;
  return {{{"AwaitSiteRecord",
            sizeof(Site),
            false,
            {u64("id", offsetof(Site, id)),
             reference("function", kStringPointer, offsetof(Site, function)),
             reference("file", kStringPointer, offsetof(Site, file)),
             u32("line", offsetof(Site, line)), u32("column", offsetof(Site, column))}},
           dynamic_type("StaticString"),
           dynamic_type("PropertySetDependency"),
           property_type(),
           string_reference_type("StaticStringRef")},
          {{"AsyncSpanSuspendEvent",
            sizeof(Suspend),
            false,
            {u64("span_id", offsetof(Suspend, span_id)),
             reference("await_site", "AwaitSiteRecord", offsetof(Suspend, await_site)),
             u64("awaited_span_id", offsetof(Suspend, awaited_span_id)),
             i64("time", offsetof(Suspend, time))}},
           {"AsyncSpanResumeEvent",
            sizeof(Resume),
            false,
            {u64("span_id", offsetof(Resume, span_id)),
             u64("awaited_span_id", offsetof(Resume, awaited_span_id)),
             i64("time", offsetof(Resume, time))}},
           {"AsyncSpanPropertiesEvent",
            sizeof(Properties),
            false,
            {u64("span_id", offsetof(Properties, span_id)),
             reference("properties", kPropertiesPointer, offsetof(Properties, properties)),
             i64("time", offsetof(Properties, time))}},
           {"AsyncSpanErrorEvent",
            sizeof(Error),
            false,
            {u64("span_id", offsetof(Error, span_id)),
             reference("message", kStringPointer, offsetof(Error, message)),
             i64("time", offsetof(Error, time))}}}};
}

StreamTypes make_log_stream_types() {
  return {{dynamic_type("StaticString"),
           dynamic_type("StaticStringDependency"),
           {"LogMetadataRecord",
            48,
            false,
            {u64("id", 0), reference("fmt_str", kStringPointer, 8),
             reference("target", kStringPointer, 16), reference("module_path", kStringPointer, 24),
             reference("file", kStringPointer, 32), u32("line", 40), u32("level", 44)}},
           dynamic_type("PropertySetDependency"),
           property_type(),
           string_reference_type("StaticStringRef")},
          {{"LogStaticStrEvent", 16, false, {reference("desc", kLogPointer, 0), i64("time", 8)}},
           dynamic_type("LogStringEventV2"),
           {"LogStaticStrInteropEvent",
            48,
            false,
            {i64("time", 32), u32("level", 40), nested("target", "StringId", 0),
             nested("msg", "StringId", 16)}},
           dynamic_type("LogStringInteropEventV3"),
           dynamic_type("TaggedLogString"),
           string_reference_type("StringId"),
           string_reference_type("StaticStringRef")}};
}

StreamTypes make_metrics_stream_types() {
  const auto desc = reference("desc", kMetricPointer, 0);
  const auto properties = reference("properties", kPropertiesPointer, 8);
  return {
      {dynamic_type("StaticString"),
       dynamic_type("StaticStringDependency"),
       {"MetricMetadataDependency",
        48,
        false,
        {u64("id", 0), reference("name", kStringPointer, 8), reference("unit", kStringPointer, 16),
         reference("target", kStringPointer, 24), reference("file", kStringPointer, 32),
         u32("line", 40), u32("lod", 44)}},
       dynamic_type("PropertySetDependency"),
       property_type(),
       string_reference_type("StaticStringRef")},
      {{"IntegerMetricEvent", 24, false, {desc, u64("value", 8), i64("time", 16)}},
       {"FloatMetricEvent", 24, false, {desc, f64("value", 8), i64("time", 16)}},
       {"TaggedFloatMetricEvent", 32, false, {desc, properties, f64("value", 16), i64("time", 24)}},
       {"TaggedIntegerMetricEvent",
        32,
        false,
        {desc, properties, u64("value", 16), i64("time", 24)}}}};
}

StreamTypes make_crash_stream_types() {
  using Event = ProcessCrashEvent;
  return {{},
          {{"ProcessCrashEvent",
            sizeof(Event),
            false,
            {u64("recovered_events", offsetof(Event, recovered_events)),
             i64("time", offsetof(Event, time))}}}};
}

}  // namespace

// The tables are never destroyed: blocks may still be sent while a program exits.

const StreamTypes& thread_stream_types() {
  static const StreamTypes& types = *new StreamTypes(make_thread_stream_types());
  return types;
}

const StreamTypes& async_detail_stream_types() {
  static const StreamTypes& types = *new StreamTypes(make_async_detail_stream_types());
  return types;
}

const StreamTypes& crash_stream_types() {
  static const StreamTypes& types = *new StreamTypes(make_crash_stream_types());
  return types;
}

const StreamTypes& log_stream_types() {
  static const StreamTypes& types = *new StreamTypes(make_log_stream_types());
  return types;
}

const StreamTypes& metrics_stream_types() {
  static const StreamTypes& types = *new StreamTypes(make_metrics_stream_types());
  return types;
}

}  // namespace micromegas::transit
