#include "replayed_blocks.h"

namespace micromegas::recovery {

void ReplayedBlocks::on_block(const tracing::ClosedBlock& block) noexcept {
  Block kept;
  kept.stream = streams_.at(block.stream_id);
  kept.object_offset = block.object_offset;
  kept.begin = block.begin.value;
  kept.end = block.end.value;
  kept.dependencies.assign(block.dependencies.begin(), block.dependencies.end());
  kept.objects.assign(block.objects.begin(), block.objects.end());
  if (block.kind == tracing::StreamKind::kThread || block.kind == tracing::StreamKind::kLog) {
    testing::append_events(kept.stream, {kept.dependencies, kept.objects}, kept.events);
  }
  blocks_.push_back(std::move(kept));
}

}  // namespace micromegas::recovery
