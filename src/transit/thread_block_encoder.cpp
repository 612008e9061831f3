#include "transit/thread_block_encoder.h"

#include <limits>
#include <optional>

namespace micromegas::transit {

void ThreadBlockEncoder::clear() noexcept {
  dependencies_.clear();
  objects_.clear();
  nb_objects_ = 0;
}

ThreadBlockEncoder::DependencyId ThreadBlockEncoder::span_record(const CallSite& site) noexcept {
  const auto type = static_cast<std::uint8_t>(ThreadDependency::kSpanRecord);
  return dependencies_.record(type, &site, [&]() -> std::optional<SpanRecord> {
    const SpanRecord record{0,
                            dependencies_.string(site.name),
                            dependencies_.string(site.target),
                            dependencies_.string(site.module_path),
                            dependencies_.string(site.file),
                            site.line,
                            site.lod};
    if (record.name == 0 || record.target == 0 || record.module_path == 0 || record.file == 0) {
      return std::nullopt;
    }
    return record;
  });
}

ThreadBlockEncoder::DependencyId ThreadBlockEncoder::span_location_record(
    const CallSite& site) noexcept {
  const auto type = static_cast<std::uint8_t>(ThreadDependency::kSpanLocationRecord);
  return dependencies_.record(type, &site, [&]() -> std::optional<SpanLocationRecord> {
    const SpanLocationRecord record{0,
                                    dependencies_.string(site.target),
                                    dependencies_.string(site.module_path),
                                    dependencies_.string(site.file),
                                    site.line,
                                    site.lod};
    if (record.target == 0 || record.module_path == 0 || record.file == 0) return std::nullopt;
    return record;
  });
}

template <class Event>
bool ThreadBlockEncoder::append_event(ThreadEvent type, const Event& event) noexcept {
  if (nb_objects_ == std::numeric_limits<std::int32_t>::max()) return false;
  if (!objects_.append(static_cast<std::uint8_t>(type), event)) return false;
  ++nb_objects_;
  return true;
}

bool ThreadBlockEncoder::thread_span(ThreadEvent type, const CallSite& site, Ticks time) noexcept {
  const DependencyId record = span_record(site);
  return record != 0 && append_event(type, ThreadSpanEvent{record, time.value});
}

bool ThreadBlockEncoder::thread_named_span(ThreadEvent type, const CallSite& site,
                                           std::string_view name, Ticks time) noexcept {
  const DependencyId record = span_location_record(site);
  const DependencyId name_id = dependencies_.string(name);
  if (record == 0 || name_id == 0) return false;
  const StringId name_ref{name_id, static_cast<std::uint32_t>(name.size())};
  return append_event(type, ThreadNamedSpanEvent{record, name_ref, time.value});
}

bool ThreadBlockEncoder::async_span(ThreadEvent type, const CallSite& site,
                                    const AsyncSpanIds& span, Ticks time,
                                    SpanOutcome outcome) noexcept {
  const DependencyId record = span_record(site);
  return record != 0 && append_event(type, AsyncSpanEvent{.time = time.value,
                                                          .span_id = span.span_id,
                                                          .outcome = outcome,
                                                          .depth = span.depth,
                                                          .span_desc = record,
                                                          .parent_span_id = span.parent_span_id});
}

bool ThreadBlockEncoder::async_named_span(ThreadEvent type, const CallSite& site,
                                          std::string_view name, const AsyncSpanIds& span,
                                          Ticks time, SpanOutcome outcome) noexcept {
  const DependencyId record = span_location_record(site);
  const DependencyId name_id = dependencies_.string(name);
  if (record == 0 || name_id == 0) return false;
  const StringId name_ref{name_id, static_cast<std::uint32_t>(name.size())};
  return append_event(type, AsyncNamedSpanEvent{.time = time.value,
                                                .span_id = span.span_id,
                                                .outcome = outcome,
                                                .depth = span.depth,
                                                .span_location = record,
                                                .parent_span_id = span.parent_span_id,
                                                .name = name_ref});
}

bool ThreadBlockEncoder::begin_thread_span(const CallSite& site, Ticks time) noexcept {
  return thread_span(ThreadEvent::kBeginThreadSpan, site, time);
}

bool ThreadBlockEncoder::end_thread_span(const CallSite& site, Ticks time) noexcept {
  return thread_span(ThreadEvent::kEndThreadSpan, site, time);
}

bool ThreadBlockEncoder::begin_thread_named_span(const CallSite& site, std::string_view name,
                                                 Ticks time) noexcept {
  return thread_named_span(ThreadEvent::kBeginThreadNamedSpan, site, name, time);
}

bool ThreadBlockEncoder::end_thread_named_span(const CallSite& site, std::string_view name,
                                               Ticks time) noexcept {
  return thread_named_span(ThreadEvent::kEndThreadNamedSpan, site, name, time);
}

bool ThreadBlockEncoder::begin_async_span(const CallSite& site, const AsyncSpanIds& span,
                                          Ticks time) noexcept {
  return async_span(ThreadEvent::kBeginAsyncSpan, site, span, time, SpanOutcome::kOk);
}

bool ThreadBlockEncoder::end_async_span(const CallSite& site, const AsyncSpanIds& span, Ticks time,
                                        SpanOutcome outcome) noexcept {
  return async_span(ThreadEvent::kEndAsyncSpan, site, span, time, outcome);
}

bool ThreadBlockEncoder::begin_async_named_span(const CallSite& site, std::string_view name,
                                                const AsyncSpanIds& span, Ticks time) noexcept {
  return async_named_span(ThreadEvent::kBeginAsyncNamedSpan, site, name, span, time,
                          SpanOutcome::kOk);
}

bool ThreadBlockEncoder::end_async_named_span(const CallSite& site, std::string_view name,
                                              const AsyncSpanIds& span, Ticks time,
                                              SpanOutcome outcome) noexcept {
  return async_named_span(ThreadEvent::kEndAsyncNamedSpan, site, name, span, time, outcome);
}

}  // namespace micromegas::transit
