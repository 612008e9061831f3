#include "golden_recording.h"

#include <algorithm>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "views/partition_updater.h"

namespace micromegas::views {
namespace {

std::vector<EventRow> sorted(std::vector<EventRow> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

TEST_CASE("the original's recording gives its async events, times included", "[async_events]") {
  const GoldenRecording golden;
  const TestLake lake;
  golden.ingest_all(lake);

  const auto expected = golden.expected_async_events();
  REQUIRE(expected.size() > 20);
  CHECK(sorted(async_events(lake.lake(), golden.process_id())) == expected);
  CHECK(lake.metadata().all_block_errors().empty());
}

TEST_CASE("blocks that arrive shuffled and twice give the same rows", "[async_events]") {
  const GoldenRecording golden;
  std::mt19937 random(7);
  for (int round = 0; round < 3; ++round) {
    const TestLake lake;
    auto blocks = golden.blocks();
    blocks.insert(blocks.end(), golden.blocks().begin(), golden.blocks().end());
    std::shuffle(blocks.begin(), blocks.end(), random);
    golden.ingest_process_and_streams(lake);
    for (const auto& block : blocks) {
      lake.ingest(block);
      // A query in between must not leave anything that a later one counts twice.
      if (random() % 4 == 0) async_events(lake.lake(), golden.process_id());
    }
    CHECK(sorted(async_events(lake.lake(), golden.process_id())) == golden.expected_async_events());
  }
}

TEST_CASE("hostile blocks beside good ones cost their own rows only, and are named",
          "[async_events]") {
  const GoldenRecording golden;
  const TestLake lake;
  golden.ingest_all(lake);

  std::vector<wire::StreamInfo> streams;
  std::vector<wire::BlockMessage> blocks;
  std::map<BlockId, std::string> stage_of_fault;
  for (const auto& hostile : golden.manifest().at("hostile")) {
    if (hostile.at("kind") != "block" || hostile.at("http_status") != 200) continue;
    // Their streams carry other tags: as streams of a thread their blocks belong to async_events.
    auto stream = wire::decode_stream(GoldenRecording::read_file(hostile.at("stream_file")));
    stream.stream_id = StreamId::random();
    stream.process_id = golden.process_id();
    stream.tags = {"cpu"};
    auto block = wire::decode_block(GoldenRecording::read_file(hostile.at("file")));
    block.info.block_id = BlockId::random();
    block.info.stream_id = stream.stream_id;
    block.info.process_id = golden.process_id();
    if (hostile.at("result") == "error") {
      stage_of_fault[block.info.block_id] = hostile.at("stage");
    }
    streams.push_back(std::move(stream));
    blocks.push_back(std::move(block));
  }
  REQUIRE(stage_of_fault.size() >= 30);
  lake.ingest(streams);
  lake.ingest(blocks);

  CHECK(sorted(async_events(lake.lake(), golden.process_id())) == golden.expected_async_events());
  const auto errors = lake.metadata().all_block_errors();
  CHECK(errors.size() == stage_of_fault.size());
  for (const auto& error : errors) {
    INFO(error.reason);
    CHECK(error.process_id == golden.process_id());
    CHECK(stage_of_fault[error.block_id] == error.stage);
    CHECK_FALSE(error.reason.empty());
  }
}

}  // namespace micromegas::views
