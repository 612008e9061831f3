#include "replayed_blocks.h"

#include <stdexcept>

#include "recovery/process_folder.h"
#include "transit/block_reader.h"

namespace micromegas::recovery {
namespace {

std::string text_of(const transit::ObjectView& object, const char* member) {
  return std::string(object.text(object.get(member)));
}

std::string properties_of(const transit::DependencyView& set) {
  std::string text;
  for (std::uint32_t i = 0; i < set.nb_properties(); ++i) {
    const auto [name, value] = set.property(i);
    text += (text.empty() ? "" : " ") + std::string(name) + '=' + std::string(value);
  }
  return text;
}

/// The texts of what an event refers to.
void read_references(const transit::ObjectView& object, ReplayedBlocks::Event& event) {
  for (const char* record : {"span_desc", "thread_span_desc", "desc"}) {
    if (object.find(record) == nullptr) continue;
    const transit::ObjectView site = object.object(object.get(record));
    event.name = text_of(site, site.find("fmt_str") != nullptr ? "fmt_str" : "name");
  }
  for (const char* message : {"msg", "message"}) {
    if (object.find(message) != nullptr) event.name = text_of(object, message);
  }
  if (const auto* properties = object.find("properties")) {
    event.properties = properties_of(object.dependency(*properties));
  }
  if (const auto* await_site = object.find("await_site")) {
    const transit::ObjectView site = object.object(*await_site);
    event.name = text_of(site, "function");
    event.file = text_of(site, "file");
    event.line = site.u32(site.get("line"));
  }
}

ReplayedBlocks::Event read_event(const transit::ObjectView& object) {
  ReplayedBlocks::Event event;
  event.type = object.type_name();
  read_references(object, event);
  if (const auto* span_id = object.find("span_id")) event.span_id = object.u64(*span_id);
  if (const auto* outcome = object.find("outcome")) event.outcome = object.u32(*outcome);
  if (object.find("parent_span_id") != nullptr) {
    event.parent_span_id = object.u64(object.get("parent_span_id"));
    event.depth = object.u32(object.get("depth"));
  }
  return event;
}

}  // namespace

std::size_t ReplayedBlocks::Block::number_of_thread() const {
  for (const auto& [key, value] : stream.properties) {
    if (key == "thread-name") return static_cast<std::size_t>(value.back() - '0');
  }
  throw std::out_of_range("a stream of no thread");
}

void ReplayedBlocks::on_block(const tracing::ClosedBlock& block) noexcept {
  Block kept;
  kept.stream = streams_.at(block.stream_id);
  kept.object_offset = block.object_offset;
  kept.begin = block.begin.value;
  kept.end = block.end.value;
  kept.dependencies.assign(block.dependencies.begin(), block.dependencies.end());
  kept.objects.assign(block.objects.begin(), block.objects.end());
  if (block.kind != tracing::StreamKind::kCrash) {
    const transit::StreamTypes& types = kept.stream.types();
    const transit::StreamPlan plan(types.dependencies, types.objects);
    transit::BlockReader reader;
    reader.open(plan, kept.dependencies, kept.objects);
    while (reader.next()) kept.events.push_back(read_event(reader.event()));
  }
  blocks_.push_back(std::move(kept));
}

ReplayedBlocks replay_of(const std::string& process_folder) {
  ReplayedBlocks blocks;
  ProcessFolder folder(process_folder);
  if (folder.open() != ProcessFolder::State::kDead) throw std::runtime_error(folder.problem());
  replay(folder.process(), blocks, blocks);
  return blocks;
}

}  // namespace micromegas::recovery
