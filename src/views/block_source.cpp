#include "views/block_source.h"

#include <optional>
#include <string>

#include "views/block_error.h"
#include "wire/lz4_error.h"
#include "wire/lz4_frame.h"

namespace micromegas::views {
namespace {

void decompress(ByteView frame, Bytes& out, const char* stage) {
  try {
    wire::decompress_frame(frame, out);
  } catch (const wire::Lz4Error& e) {
    throw BlockFault(stage, static_cast<std::int64_t>(e.offset()), e.what());
  }
}

/// Names the stage of an error that does not know it.
template <class Call>
decltype(auto) at_stage(const char* stage, Call call) {
  try {
    return call();
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kMalformed) throw;
    throw BlockFault(stage, -1, e.what());
  }
}

}  // namespace

/// What is kept from block to block.
struct LakeBlocks::Buffers {
  lake::BlobStore& blobs;
  const Streams& streams;
  std::unordered_map<StreamId, transit::StreamPlan> plans;
  Bytes dependencies;
  Bytes objects;
  transit::BlockReader reader;

  const transit::StreamPlan& plan_of(StreamId id) {
    if (const auto found = plans.find(id); found != plans.end()) return found->second;
    const lake::StreamRow& stream = *streams.at(id);
    return at_stage("types", [&]() -> const transit::StreamPlan& {
      transit::StreamPlan plan(wire::decode_type_table(stream.dependencies_metadata),
                               wire::decode_type_table(stream.objects_metadata));
      return plans.emplace(id, std::move(plan)).first->second;
    });
  }
};

class LakeBlocks::Source final : public BlockSource {
 public:
  Source(Buffers& buffers, const lake::BlockRow& block, const TickConverter& ticks)
      : BlockSource(block, ticks), buffers_(buffers) {}

  transit::BlockReader& open() override {
    plan_ = &buffers_.plan_of(block().info.stream_id);
    const wire::BlockPayload payload = at_stage(
        "payload", [this] { return wire::decode_payload(buffers_.blobs.read(block().payload)); });
    decompress(payload.dependencies, buffers_.dependencies, "decompress-dependencies");
    decompress(payload.objects, buffers_.objects, "decompress-objects");
    buffers_.reader.open(*plan_, buffers_.dependencies, buffers_.objects);
    return buffers_.reader;
  }

  const transit::StreamPlan& stream_plan() const override { return *plan_; }

 private:
  Buffers& buffers_;
  const transit::StreamPlan* plan_ = nullptr;
};

LakeBlocks::LakeBlocks(lake::BlobStore& blobs, const Streams& streams)
    : buffers_(new Buffers{blobs, streams, {}, {}, {}, {}}) {}

LakeBlocks::~LakeBlocks() = default;

BlockSource& LakeBlocks::source(const lake::BlockRow& block, const TickConverter& ticks) {
  source_ = std::make_unique<Source>(*buffers_, block, ticks);
  return *source_;
}

}  // namespace micromegas::views
