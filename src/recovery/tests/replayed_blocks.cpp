#include "replayed_blocks.h"

#include "transit/block_reader.h"

namespace micromegas::recovery {
namespace {

std::string text_of(const transit::ObjectView& object, const char* member) {
  return std::string(object.text(object.get(member)));
}

ReplayedBlocks::Event read_event(const transit::ObjectView& object) {
  ReplayedBlocks::Event event;
  event.type = object.type_name();
  if (object.find("msg") != nullptr) {
    event.name = text_of(object, "msg");
    return event;
  }
  for (const char* record : {"span_desc", "thread_span_desc", "desc"}) {
    if (object.find(record) == nullptr) continue;
    const transit::ObjectView site = object.object(object.get(record));
    event.name = text_of(site, site.find("fmt_str") != nullptr ? "fmt_str" : "name");
  }
  if (object.find("span_id") != nullptr) {
    event.span_id = object.u64(object.get("span_id"));
    event.parent_span_id = object.u64(object.get("parent_span_id"));
    event.depth = object.u32(object.get("depth"));
  }
  return event;
}

}  // namespace

void ReplayedBlocks::on_block(const tracing::ClosedBlock& block) noexcept {
  Block kept;
  kept.stream = streams_.at(block.stream_id);
  kept.object_offset = block.object_offset;
  kept.begin = block.begin.value;
  kept.end = block.end.value;
  kept.dependencies.assign(block.dependencies.begin(), block.dependencies.end());
  kept.objects.assign(block.objects.begin(), block.objects.end());
  if (block.kind == tracing::StreamKind::kThread || block.kind == tracing::StreamKind::kLog) {
    const transit::StreamTypes& types = kept.stream.types();
    const transit::StreamPlan plan(types.dependencies, types.objects);
    transit::BlockReader reader;
    reader.open(plan, kept.dependencies, kept.objects);
    while (reader.next()) kept.events.push_back(read_event(reader.event()));
  }
  blocks_.push_back(std::move(kept));
}

}  // namespace micromegas::recovery
