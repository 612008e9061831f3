#include "testing/span_assembly.h"

#include <array>
#include <utility>

namespace micromegas::testing {
namespace {

std::string level_name(std::uint32_t level) {
  constexpr std::array kNames = {"off", "fatal", "error", "warn", "info", "debug", "trace"};
  return level < kNames.size() ? kNames[level] : "level " + std::to_string(level);
}

std::string outcome_name(std::uint32_t outcome) {
  constexpr std::array kNames = {"ok", "error", "cancelled"};
  return outcome < kNames.size() ? kNames[outcome] : "outcome " + std::to_string(outcome);
}

Span begun_span(const BlockEvent& event, const char* kind) {
  Span span;
  span.kind = kind;
  span.name = event.name;
  span.target = event.target;
  span.file = event.file;
  span.line = event.line;
  span.outcome = "open";
  span.thread = event.thread;
  span.thread_id = event.thread_id;
  span.depth = event.depth;
  span.span_id = event.span_id;
  span.parent_span_id = event.parent_span_id;
  return span;
}

}  // namespace

void SpanAssembly::add(const BlockEvent& event) {
  const bool begins = event.type.starts_with("Begin");
  if (begins || event.type.starts_with("End")) {
    const bool async = event.span_id != 0;
    async ? add_async_event(event, begins) : add_thread_event(event, begins);
  } else if (event.type.starts_with("AsyncSpan")) {
    add_detail(event);
  } else if (event.type.find("Metric") != std::string::npos) {
    metrics_.push_back({event.name, event.unit, event.target, event.value, event.properties});
  } else if (event.type.find("Log") != std::string::npos) {
    logs_.push_back({level_name(event.level), event.target, event.name, event.properties});
  }
}

void SpanAssembly::add_thread_event(const BlockEvent& event, bool begins) {
  std::vector<std::size_t>& open = open_[event.stream_id];
  if (begins) {
    Span span = begun_span(event, "thread");
    span.depth = static_cast<std::uint32_t>(open.size());
    if (!open.empty()) span.parent = spans_[open.back()].name;
    open.push_back(spans_.size());
    spans_.push_back(std::move(span));
    begins_.push_back(event.time);
  } else if (!open.empty()) {  // Else it began before the recording.
    end(open.back(), event);
    open.pop_back();
  }
}

void SpanAssembly::add_async_event(const BlockEvent& event, bool begins) {
  if (begins) {
    Span& span = async_span(event.span_id);
    // What was said of it at the same instant, but stands before, stays.
    Span begun = begun_span(event, "async");
    begun.properties = std::move(span.properties);
    span = std::move(begun);
    begins_[async_[event.span_id]] = event.time;
    return;
  }
  const auto span = async_.find(event.span_id);
  if (span != async_.end()) end(span->second, event);
}

void SpanAssembly::add_detail(const BlockEvent& event) {
  Span& span = async_span(event.span_id);
  if (event.type == "AsyncSpanPropertiesEvent") span.properties = event.properties;
  if (event.type == "AsyncSpanErrorEvent") span.error = event.name;
  if (event.type == "AsyncSpanSuspendEvent") ++span.suspensions;
}

void SpanAssembly::end(std::size_t index, const BlockEvent& event) {
  Span& span = spans_[index];
  span.outcome = outcome_name(event.outcome);
  span.end_thread = event.thread;
  span.end_thread_id = event.thread_id;
  span.duration = std::chrono::nanoseconds(event.time - begins_[index]);
}

/// Details may stand before the begin that they belong to, in the order of equal times.
Span& SpanAssembly::async_span(std::uint64_t span_id) {
  const auto [at, is_new] = async_.try_emplace(span_id, spans_.size());
  if (is_new) {
    spans_.emplace_back();
    begins_.push_back(0);
  }
  return spans_[at->second];
}

Recorded SpanAssembly::finish() {
  for (Span& span : spans_) {
    if (span.parent_span_id == 0) continue;
    const auto parent = async_.find(span.parent_span_id);
    span.parent = parent != async_.end() ? spans_[parent->second].name : "(not recorded)";
  }
  // Spans of which there are only details began before the recording.
  std::erase_if(spans_, [](const Span& span) { return span.kind.empty(); });
  return {std::move(spans_), std::move(logs_), std::move(metrics_)};
}

}  // namespace micromegas::testing
