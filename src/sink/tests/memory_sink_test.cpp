#include "sink/memory_sink.h"

#include <catch2/catch.hpp>

#include <micromegas/async_span.h>

#include "tracing/recorder.h"
#include "transit/block_reader.h"
#include "wire/lz4_frame.h"

namespace micromegas::sink {
namespace {

TEST_CASE("a span's begin and end survive the way into a block, through CBOR and back",
          "[memory_sink]") {
  const auto recording = std::make_shared<Recording>();
  tracing::Recorder recorder({}, std::make_unique<MemorySink>(recording));
  {
    AsyncSpan parent(MM_SITE("parent"));
    ContextScope inside(parent.context());
    recorder.flush();
    AsyncSpan span(MM_SITE("child"));
  }
  recorder.stop();

  REQUIRE(recording->processes().size() == 1);
  REQUIRE(recording->streams().size() == 1);
  REQUIRE(recording->blocks().size() == 2);

  const wire::StreamInfo stream = recording->streams()[0];
  const Bytes body = wire::encode_block(recording->blocks()[1]);
  const wire::BlockMessage block = wire::decode_block(body);
  CHECK(block.info.object_offset == 1);

  Bytes dependencies;
  Bytes objects;
  wire::decompress_frame(block.payload.dependencies, dependencies);
  wire::decompress_frame(block.payload.objects, objects);
  const transit::StreamPlan plan(stream.dependencies_metadata, stream.objects_metadata);
  transit::BlockReader reader;
  reader.open(plan, dependencies, objects);
  int begins = 0;
  int ends = 0;
  while (reader.next()) {
    const transit::ObjectView& event = reader.event();
    const transit::ObjectView site = event.object(event.get("span_desc"));
    if (site.text(site.get("name")) != "child") continue;
    CHECK(site.text(site.get("file")).ends_with("memory_sink_test.cpp"));
    CHECK(event.u32(event.get("depth")) == 1);
    CHECK(event.u64(event.get("parent_span_id")) != 0);
    CHECK(event.u64(event.get("span_id")) > event.u64(event.get("parent_span_id")));
    begins += event.type_name() == "BeginAsyncSpanEvent";
    ends += event.type_name() == "EndAsyncSpanEvent";
  }
  CHECK(begins == 1);
  CHECK(ends == 1);
}

}  // namespace
}  // namespace micromegas::sink
