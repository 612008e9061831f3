#include "views/partition_plan.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

namespace micromegas::views {
namespace {

constexpr std::int64_t kHour = std::int64_t{3600} * 1'000'000'000;
const SourceIdentity kIdentity{{"async_events", "p"}, "\x01", 1'000'000'000};

BlockPtr block(std::int64_t insert_time, std::int32_t nb_objects) {
  auto row = std::make_shared<lake::BlockRow>();
  row->info.block_id = BlockId::random();
  row->info.nb_objects = nb_objects;
  row->insert_time = {insert_time};
  return row;
}

std::vector<BlockPtr> blocks_of_one_hour(std::size_t count, std::int32_t nb_objects = 10) {
  std::vector<BlockPtr> blocks;
  blocks.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(block(static_cast<std::int64_t>(i), nb_objects));
  }
  return blocks;
}

std::vector<std::size_t> sizes(const std::vector<PartitionSpec>& specs) {
  std::vector<std::size_t> sizes;
  sizes.reserve(specs.size());
  for (const auto& spec : specs) sizes.push_back(spec.nb_blocks);
  return sizes;
}

/// What must hold of every plan.
void check_plan(const std::vector<BlockPtr>& blocks, const std::vector<PartitionSpec>& specs,
                std::int64_t max_events) {
  std::size_t next = 0;
  Timestamp end{INT64_MIN};
  for (const auto& spec : specs) {
    REQUIRE(spec.first_block == next);
    REQUIRE(spec.nb_blocks > 0);
    next += spec.nb_blocks;
    const auto part = spec.blocks(blocks);
    REQUIRE(spec.insert_range ==
            InsertRange{part.front()->insert_time, {part.back()->insert_time.ns + 1}});
    REQUIRE(end <= spec.insert_range.begin);
    end = spec.insert_range.end;
    REQUIRE(part.front()->insert_time.ns / kHour == part.back()->insert_time.ns / kHour);
    std::int64_t events = 0;
    for (const auto& b : part) events += b->info.nb_objects;
    REQUIRE(events - part.back()->info.nb_objects < max_events);
    REQUIRE(spec.source_data_hash == source_data_hash(kIdentity, part));
  }
  REQUIRE(next == blocks.size());
}

}  // namespace

TEST_CASE("a live hour is divided like the digits of its number of blocks to the base 8",
          "[partition_plan]") {
  CHECK(plan_partitions(kIdentity, {}).empty());
  CHECK(sizes(plan_partitions(kIdentity, blocks_of_one_hour(1))) == std::vector<std::size_t>{1});
  CHECK(sizes(plan_partitions(kIdentity, blocks_of_one_hour(7))) == std::vector<std::size_t>(7, 1));
  CHECK(sizes(plan_partitions(kIdentity, blocks_of_one_hour(8))) == std::vector<std::size_t>{8});
  CHECK(sizes(plan_partitions(kIdentity, blocks_of_one_hour(1000))) ==
        std::vector<std::size_t>{512, 64, 64, 64, 64, 64, 64, 64, 8, 8, 8, 8, 8});
}

TEST_CASE("an hour that a later one follows is closed: its tail is one partition",
          "[partition_plan]") {
  auto blocks = blocks_of_one_hour(1000);
  blocks.push_back(block(kHour, 1));
  CHECK(sizes(plan_partitions(kIdentity, blocks)) == std::vector<std::size_t>{1000, 1});
}

TEST_CASE("a partition is cut when it is full, and a block is never split", "[partition_plan]") {
  CHECK(sizes(plan_partitions(kIdentity, blocks_of_one_hour(10, 40), 100)) ==
        std::vector<std::size_t>{3, 3, 3, 1});
  CHECK(sizes(plan_partitions(kIdentity, blocks_of_one_hour(3, 1'000'000), 100)) ==
        std::vector<std::size_t>{1, 1, 1});
}

TEST_CASE("a thousand random arrivals are planned right each time", "[partition_plan]") {
  std::mt19937_64 random(11);
  std::map<std::int64_t, BlockPtr> arrived;
  std::int64_t now = 40 * kHour;
  for (int i = 0; i < 1000; ++i) {
    now += 1 + static_cast<std::int64_t>(random() % (kHour / 100));
    // Now and then a block comes to light that was inserted long ago, when its stream is known.
    const bool late = random() % 50 == 0;
    const std::int64_t at =
        late ? 40 * kHour + static_cast<std::int64_t>(random() % (10 * kHour)) : now;
    arrived.emplace(at, block(at, static_cast<std::int32_t>(random() % 5000)));

    std::vector<BlockPtr> blocks;
    blocks.reserve(arrived.size());
    for (const auto& [_, b] : arrived) blocks.push_back(b);
    const auto specs = plan_partitions(kIdentity, blocks, 100'000);
    check_plan(blocks, specs, 100'000);
    const auto again = plan_partitions(kIdentity, blocks, 100'000);
    REQUIRE(std::equal(
        specs.begin(), specs.end(), again.begin(), again.end(), [](const auto& a, const auto& b) {
          return a.insert_range == b.insert_range && a.source_data_hash == b.source_data_hash;
        }));
  }
}

TEST_CASE("a live process's blocks are rewritten seldom and its partitions stay few",
          "[partition_plan]") {
  std::set<std::string> written;
  std::map<BlockId, int> times_written;
  std::vector<BlockPtr> blocks;
  for (std::int64_t i = 0; i < 1000; ++i) {
    blocks.push_back(block(i, 200));
    const auto specs = plan_partitions(kIdentity, blocks);
    REQUIRE(specs.size() <= 28);
    for (const auto& spec : specs) {
      if (!written.insert(spec.source_data_hash).second) continue;
      for (const auto& b : spec.blocks(blocks)) ++times_written[b->info.block_id];
    }
  }
  for (const auto& [_, times] : times_written) REQUIRE(times <= 4);
}

TEST_CASE("full partitions never change again, whatever arrives", "[partition_plan]") {
  auto blocks = blocks_of_one_hour(100, 30);
  const auto before = plan_partitions(kIdentity, blocks, 100);
  blocks.push_back(block(1000, 99));
  const auto after = plan_partitions(kIdentity, blocks, 100);
  for (std::size_t i = 0; i < 25; ++i) {
    CHECK(before[i].source_data_hash == after[i].source_data_hash);
  }
}

TEST_CASE("hours before 1970 and hostile counts are planned like others", "[partition_plan]") {
  const std::vector<BlockPtr> blocks{block(-kHour - 1, -5), block(-1, INT32_MIN), block(0, 5)};
  CHECK(sizes(plan_partitions(kIdentity, blocks)) == std::vector<std::size_t>{1, 1, 1});
}

TEST_CASE("all that rows depend on is part of the source hash", "[partition_plan]") {
  const auto blocks = blocks_of_one_hour(2);
  const auto hash = source_data_hash(kIdentity, blocks);
  CHECK(hash.size() == 16);
  SourceIdentity other = kIdentity;
  other.frequency += 1;
  CHECK(source_data_hash(other, blocks) != hash);
  other = kIdentity;
  other.schema_hash = std::string(1, '\x02');
  CHECK(source_data_hash(other, blocks) != hash);
  other = kIdentity;
  other.view = {"async_event", "sp"};
  CHECK(source_data_hash(other, blocks) != hash);
  CHECK(source_data_hash(kIdentity, std::span(blocks).first(1)) != hash);
}

}  // namespace micromegas::views
