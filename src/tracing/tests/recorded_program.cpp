#include "recorded_program.h"

#include <algorithm>
#include <stdexcept>

#include "transit/block_reader.h"

namespace micromegas::tracing {
namespace {

std::string text_of(const transit::ObjectView& object, const char* member) {
  return std::string(object.text(object.get(member)));
}

Event read_event(const transit::ObjectView& object) {
  Event event;
  event.type = object.type_name();
  event.time = object.i64(object.get("time"));
  const bool async = object.find("span_id") != nullptr;
  const bool named = object.find("name") != nullptr;
  const char* record = async ? (named ? "span_location" : "span_desc")
                             : (named ? "thread_span_location" : "thread_span_desc");
  const transit::ObjectView site = object.object(object.get(record));
  event.name = named ? text_of(object, "name") : text_of(site, "name");
  event.target = text_of(site, "target");
  if (async) {
    event.span_id = object.u64(object.get("span_id"));
    event.parent_span_id = object.u64(object.get("parent_span_id"));
    event.depth = object.u32(object.get("depth"));
    if (!event.is_begin()) event.outcome = object.u32(object.get("outcome"));
  }
  return event;
}

Detail read_detail(const transit::ObjectView& object) {
  Detail detail;
  detail.type = object.type_name();
  detail.time = object.i64(object.get("time"));
  detail.span_id = object.u64(object.get("span_id"));
  if (const auto* awaited = object.find("awaited_span_id")) {
    detail.awaited_span_id = object.u64(*awaited);
  }
  if (object.find("message") != nullptr) detail.text = text_of(object, "message");
  if (const auto* properties = object.find("properties")) {
    const transit::DependencyView set = object.dependency(*properties);
    for (std::uint32_t i = 0; i < set.nb_properties(); ++i) {
      const auto [name, value] = set.property(i);
      detail.text += std::string(name) + '=' + std::string(value) + ';';
    }
  }
  if (const auto* await_site = object.find("await_site")) {
    const transit::ObjectView site = object.object(*await_site);
    detail.text = text_of(site, "function");
    detail.line = site.u32(site.get("line"));
  }
  return detail;
}

/// Logs and metrics.
bool is_of_process(StreamKind kind) {
  return kind == StreamKind::kLog || kind == StreamKind::kMetrics;
}

std::string thread_name(const StreamDescription& stream) {
  for (const auto& [name, value] : stream.properties) {
    if (name == "thread-name") return value;
  }
  return {};
}

}  // namespace

struct RecordedProgram::Received {
  mutable std::mutex mutex;
  ProcessDescription process;
  std::vector<StreamDescription> streams;
  std::vector<Block> blocks;
};

class RecordedProgram::Sink : public EventSink {
 public:
  explicit Sink(std::shared_ptr<Received> received) : received_(std::move(received)) {}

  void on_process(const ProcessDescription& process) noexcept override {
    const std::lock_guard lock(received_->mutex);
    received_->process = process;
  }

  void on_stream(const StreamDescription& stream) noexcept override {
    const std::lock_guard lock(received_->mutex);
    received_->streams.push_back(stream);
    threads_[stream.stream_id.to_string()] = thread_name(stream);
  }

  void on_block(const ClosedBlock& closed) noexcept override {
    Block block{closed.kind,
                closed.stream_id,
                threads_.at(closed.stream_id.to_string()),
                closed.begin,
                closed.end,
                closed.object_offset,
                closed.nb_objects,
                {},
                {},
                {}};
    if (is_of_process(closed.kind)) {
      block.messages = read_messages(closed);
      const std::lock_guard lock(received_->mutex);
      received_->blocks.push_back(std::move(block));
      return;
    }
    const bool details = closed.kind == StreamKind::kAsyncDetail;
    reader_.open(details ? detail_plan_ : plan_, closed.dependencies, closed.objects);
    while (reader_.next()) {
      if (details) {
        block.details.push_back(read_detail(reader_.event()));
        block.details.back().thread = block.thread;
      } else {
        block.events.push_back(read_event(reader_.event()));
        block.events.back().thread = block.thread;
      }
    }
    const std::lock_guard lock(received_->mutex);
    received_->blocks.push_back(std::move(block));
  }

  void drain(std::chrono::steady_clock::time_point) noexcept override {}

 private:
  std::shared_ptr<Received> received_;
  std::map<std::string, std::string> threads_;
  transit::StreamPlan plan_{transit::thread_stream_types().dependencies,
                            transit::thread_stream_types().objects};
  transit::StreamPlan detail_plan_{transit::async_detail_stream_types().dependencies,
                                   transit::async_detail_stream_types().objects};
  transit::BlockReader reader_;
};

RecordedProgram::RecordedProgram(RecorderOptions options)
    : received_(std::make_shared<Received>()),
      recorder_(std::make_unique<Recorder>(std::move(options), std::make_unique<Sink>(received_))) {
}

RecordedProgram::~RecordedProgram() = default;

void RecordedProgram::stop() { recorder_->stop(); }

ProcessDescription RecordedProgram::process() const {
  const std::lock_guard lock(received_->mutex);
  return received_->process;
}

std::vector<StreamDescription> RecordedProgram::streams() const {
  const std::lock_guard lock(received_->mutex);
  return received_->streams;
}

std::vector<Block> RecordedProgram::blocks() const {
  const std::lock_guard lock(received_->mutex);
  std::vector<Block> blocks = received_->blocks;
  std::erase_if(blocks, [](const Block& block) { return is_of_process(block.kind); });
  return blocks;
}

std::vector<Block> RecordedProgram::blocks(StreamKind kind) const {
  const std::lock_guard lock(received_->mutex);
  std::vector<Block> blocks = received_->blocks;
  std::erase_if(blocks, [&](const Block& block) { return block.kind != kind; });
  return blocks;
}

namespace {

std::vector<Message> messages_of(const std::vector<Block>& blocks) {
  std::vector<Message> messages;
  for (const Block& block : blocks) {
    messages.insert(messages.end(), block.messages.begin(), block.messages.end());
  }
  return messages;
}

}  // namespace

std::vector<Message> RecordedProgram::logs() const { return messages_of(blocks(StreamKind::kLog)); }

std::vector<Message> RecordedProgram::metrics() const {
  return messages_of(blocks(StreamKind::kMetrics));
}

std::vector<Event> RecordedProgram::events() const {
  std::vector<Event> events;
  for (const Block& block : blocks()) {
    events.insert(events.end(), block.events.begin(), block.events.end());
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  return events;
}

std::vector<Event> RecordedProgram::events_named(std::string_view name) const {
  std::vector<Event> found = events();
  std::erase_if(found, [&](const Event& event) { return event.name != name; });
  return found;
}

namespace {

Event the_only(const std::vector<Event>& events, std::string_view name, bool begin) {
  const Event* found = nullptr;
  for (const Event& event : events) {
    if (event.is_begin() != begin) continue;
    if (found != nullptr) throw std::runtime_error(std::string(name) + ": several");
    found = &event;
  }
  if (found == nullptr) throw std::runtime_error(std::string(name) + ": none");
  return *found;
}

}  // namespace

Event RecordedProgram::begin_of(std::string_view name) const {
  return the_only(events_named(name), name, true);
}

Event RecordedProgram::end_of(std::string_view name) const {
  return the_only(events_named(name), name, false);
}

std::vector<Detail> RecordedProgram::details_of(std::string_view name) const {
  const std::uint64_t span_id = begin_of(name).span_id;
  std::vector<Detail> details;
  for (const Block& block : blocks()) {
    for (const Detail& detail : block.details) {
      if (detail.span_id == span_id) details.push_back(detail);
    }
  }
  std::stable_sort(details.begin(), details.end(),
                   [](const Detail& a, const Detail& b) { return a.time < b.time; });
  return details;
}

std::string RecordedProgram::story_of(std::string_view name) const {
  std::string story;
  for (const Detail& detail : details_of(name)) {
    if (!story.empty()) story += ", ";
    if (detail.type == "AsyncSpanSuspendEvent") story += "suspend";
    if (detail.type == "AsyncSpanResumeEvent") story += "resume";
    if (detail.type == "AsyncSpanPropertiesEvent") story += "properties " + detail.text;
    if (detail.type == "AsyncSpanErrorEvent") story += "error " + detail.text;
  }
  return story;
}

std::string RecordedProgram::parent_of(std::string_view name) const {
  const std::uint64_t parent = begin_of(name).parent_span_id;
  for (const Event& event : events()) {
    if (event.span_id != 0 && event.span_id == parent) return event.name;
  }
  return {};
}

std::string RecordedProgram::tree() const {
  struct Span {
    Event begin;
    bool ended = false;
  };
  std::vector<Span> spans;
  for (const Event& event : events()) {
    if (event.span_id == 0) continue;
    if (event.is_begin()) {
      spans.push_back({event});
    } else {
      for (Span& span : spans) span.ended |= span.begin.span_id == event.span_id;
    }
  }
  std::string text;
  const auto print = [&](const auto& self, std::uint64_t parent, std::size_t indent) -> void {
    for (const Span& span : spans) {
      if (span.begin.parent_span_id != parent) continue;
      text += std::string(2 * indent, ' ') + span.begin.name;
      // Only where it says something that the indentation does not.
      if (span.begin.depth != indent) text += " depth=" + std::to_string(span.begin.depth);
      text += span.ended ? "\n" : " open\n";
      self(self, span.begin.span_id, indent + 1);
    }
  };
  print(print, 0, 0);
  return text;
}

}  // namespace micromegas::tracing
