#include "recorded_process.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "transit/stream_types.h"
#include "wire/lz4_frame.h"

namespace micromegas::views {
namespace {

constexpr std::int64_t kStartTicks = 1'000'000;
constexpr Timestamp kStartTime{1'700'000'000'000'000'000};

void require(bool done) {
  if (!done) throw std::runtime_error("no memory for an event");
}

}  // namespace

RecordedProcess::RecordedProcess(Options options) : options_(options) {
  process_.process_id = ProcessId::random();
  process_.exe = "recorded";
  process_.tsc_frequency = options.tsc_frequency;
  process_.start_time = kStartTime;
  process_.start_ticks = {kStartTicks};
  lake_.ingest(process_);
}

RecordedProcess::Thread RecordedProcess::thread(std::string_view name) {
  ThreadState& thread = threads_.emplace_back();
  thread.name = name;
  thread.stream.process_id = process_.process_id;
  thread.stream.stream_id = StreamId::random();
  thread.stream.dependencies_metadata = transit::thread_stream_types().dependencies;
  thread.stream.objects_metadata = transit::thread_stream_types().objects;
  thread.stream.tags = {"cpu"};
  thread.stream.properties = {{"thread-name", std::string(name)}};
  thread.begin_ticks = clock_;
  if (options_.register_streams) lake_.ingest(thread.stream);
  return threads_.size() - 1;
}

void RecordedProcess::register_stream(Thread thread) { lake_.ingest(threads_[thread].stream); }

RecordedProcess& RecordedProcess::at(std::chrono::nanoseconds since_start) {
  clock_ = since_start.count();
  return *this;
}

Ticks RecordedProcess::now() const { return {kStartTicks + clock_}; }
Timestamp RecordedProcess::system_time(std::int64_t since_start) const {
  return {kStartTime.ns + since_start + clock_error_};
}

const transit::CallSite& RecordedProcess::site(std::string_view span) {
  auto& site = sites_[std::string(span)];
  if (!site) {
    const std::string_view name = texts_.emplace_back(span);
    site = std::make_unique<transit::CallSite>(transit::CallSite{
        .name = name, .target = "app", .module_path = "app::main", .file = "main.cpp", .line = 7});
  }
  return *site;
}

const transit::AsyncSpanIds& RecordedProcess::open(std::string_view span,
                                                   transit::AsyncSpanIds parent) {
  return spans_[std::string(span)] = {.span_id = ++last_span_id_,
                                      .parent_span_id = parent.span_id,
                                      .depth = parent.span_id == 0 ? 0 : parent.depth + 1};
}

void RecordedProcess::begin(Thread thread, std::string_view span) {
  require(threads_[thread].encoder.begin_async_span(site(span), open(span, {}), now()));
}

void RecordedProcess::begin(Thread thread, std::string_view span, ChildOf parent) {
  const auto& ids = open(span, spans_.find(parent.name)->second);
  require(threads_[thread].encoder.begin_async_span(site(span), ids, now()));
}

void RecordedProcess::end(Thread thread, std::string_view span, transit::SpanOutcome outcome) {
  const auto& ids = spans_.find(span)->second;
  require(threads_[thread].encoder.end_async_span(site(span), ids, now(), outcome));
}

void RecordedProcess::begin_named(Thread thread, std::string_view span) {
  const auto& ids = open(span, {});
  require(threads_[thread].encoder.begin_async_named_span(site("named"), span, ids, now()));
}

void RecordedProcess::end_named(Thread thread, std::string_view span) {
  const auto& ids = spans_.find(span)->second;
  require(threads_[thread].encoder.end_async_named_span(site("named"), span, ids, now()));
}

void RecordedProcess::begin_thread_span(Thread thread, std::string_view span) {
  require(threads_[thread].encoder.begin_thread_span(site(span), now()));
}

void RecordedProcess::end_thread_span(Thread thread, std::string_view span) {
  require(threads_[thread].encoder.end_thread_span(site(span), now()));
}

wire::BlockMessage RecordedProcess::take_block(Thread index) {
  ThreadState& thread = threads_[index];
  wire::BlockMessage block;
  block.info = {.block_id = BlockId::random(),
                .stream_id = thread.stream.stream_id,
                .process_id = process_.process_id,
                .begin_time = system_time(thread.begin_ticks),
                .begin_ticks = {thread.begin_ticks},
                .end_time = system_time(clock_),
                .end_ticks = {clock_},
                .object_offset = thread.object_offset,
                .nb_objects = thread.encoder.nb_objects()};
  block.payload = {wire::compress_frame(thread.encoder.dependencies(), wire::kFastLz4),
                   wire::compress_frame(thread.encoder.objects(), wire::kFastLz4)};
  thread.object_offset += thread.encoder.nb_objects();
  thread.begin_ticks = clock_;
  thread.encoder.clear();
  return block;
}

void RecordedProcess::flush(Thread thread) { lake_.ingest(take_block(thread)); }

void RecordedProcess::flush() {
  for (Thread thread = 0; thread < threads_.size(); ++thread) {
    if (threads_[thread].encoder.nb_objects() > 0) flush(thread);
  }
}

std::string RecordedProcess::thread_name(std::string_view stream_id) const {
  for (const ThreadState& thread : threads_) {
    if (thread.stream.stream_id.to_string() == stream_id) return thread.name;
  }
  return "?";
}

std::string RecordedProcess::span_name(std::optional<std::int64_t> span_id) const {
  for (const auto& [name, ids] : spans_) {
    if (span_id && static_cast<std::int64_t>(ids.span_id) == *span_id) return name;
  }
  return "-";
}

std::string rows_of(RecordedProcess& app, std::string_view view_set) {
  if (view_set != "async_events") throw std::invalid_argument("only async_events has partitions");
  app.flush();
  auto rows = async_events(app.lake().lake(), app.process_id());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const EventRow& a, const EventRow& b) { return a.time < b.time; });

  std::vector<std::array<std::string, 5>> lines;
  std::array<std::size_t, 5> widths{};
  for (const EventRow& row : rows) {
    lines.push_back({std::to_string(row.time - kStartTime.ns), row.event_type,
                     app.span_name(row.span_id), app.span_name(row.parent_span_id),
                     app.thread_name(row.stream_id)});
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], lines.back()[i].size());
    }
  }
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += (i == 0 ? "" : " ") + line[i] + std::string(widths[i] - line[i].size(), ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace micromegas::views
