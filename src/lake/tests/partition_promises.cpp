#include <catch2/catch.hpp>

#include "base/error.h"
#include "lake/tests/metadata_store_suite.h"
#include "lake/tests/sample_rows.h"

namespace micromegas::lake {
namespace {

constexpr const char* kSet = "async_events";
constexpr const char* kInstance = "one";

bool publish(MetadataStore& store, std::vector<PartitionRow> rows,
             std::vector<std::int64_t> retire = {}, const char* instance = kInstance) {
  return store.swap_partitions({kSet, instance, std::move(retire), std::move(rows)});
}

/// "[10,20) [20,30)"
std::string ranges(const MetadataStore& store, const char* instance = kInstance) {
  std::string text;
  for (const auto& row : store.partitions_of_view(kSet, instance)) {
    if (!text.empty()) text += ' ';
    text += '[' + std::to_string(row.insert_range.begin.ns) + ',' +
            std::to_string(row.insert_range.end.ns) + ')';
  }
  return text;
}

void keeps_a_partition(StoreUnderTest& test) {
  REQUIRE(publish(test.store(), {some_partition(10, 20)}));
  const auto rows = test.store().partitions_of_view(kSet, kInstance);
  REQUIRE(rows.size() == 1);
  const PartitionRow expected = some_partition(10, 20);
  CHECK(rows[0].partition_id > 0);
  CHECK(rows[0].view_set == kSet);
  CHECK(rows[0].view_instance == kInstance);
  CHECK(rows[0].insert_range == expected.insert_range);
  CHECK(rows[0].schema_hash == expected.schema_hash);
  CHECK(rows[0].source_data_hash == expected.source_data_hash);
  CHECK(rows[0].event_range == expected.event_range);
  CHECK(rows[0].file_path == expected.file_path);
  CHECK(rows[0].file_size == expected.file_size);
  CHECK(rows[0].num_rows == expected.num_rows);
  CHECK(rows[0].nb_blocks == expected.nb_blocks);
  CHECK(rows[0].updated == expected.updated);
  CHECK(test.store().partitions_of_view(kSet, "two").empty());
  REQUIRE(publish(test.store(), {some_partition(10, 20, "b.parquet")}, {}, "two"));
  CHECK(test.store().all_partitions().size() == 2);
}

void remembers_that_there_was_nothing(StoreUnderTest& test) {
  REQUIRE(publish(test.store(), {empty_partition(10, 20)}));
  const auto rows = test.store().partitions_of_view(kSet, kInstance);
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows[0].event_range);
  CHECK(rows[0].file_path.empty());
  REQUIRE(publish(test.store(), {}, {rows[0].partition_id}));
  CHECK(test.store().expired_files({std::int64_t{1} << 62}).empty());
}

void refuses_overlaps(StoreUnderTest& test) {
  REQUIRE(publish(test.store(), {some_partition(10, 20), some_partition(30, 40)}));
  for (const auto& [begin, end] : {std::pair{10, 20}, {5, 11}, {19, 31}, {0, 100}, {12, 13}}) {
    INFO(begin << ' ' << end);
    CHECK_FALSE(publish(test.store(), {some_partition(begin, end)}));
  }
  CHECK_FALSE(publish(test.store(), {some_partition(50, 60), some_partition(55, 70)}));
  CHECK(ranges(test.store()) == "[10,20) [30,40)");
  CHECK(publish(test.store(), {some_partition(20, 30)}));
  CHECK(publish(test.store(), {some_partition(0, 10)}));
  CHECK(ranges(test.store()) == "[0,10) [10,20) [20,30) [30,40)");

  auto other_schema = some_partition(0, 100);
  other_schema.schema_hash = "newer";
  CHECK(publish(test.store(), {other_schema}));
}

void swaps_in_one_step(StoreUnderTest& test) {
  REQUIRE(publish(test.store(), {some_partition(0, 10, "a"), some_partition(10, 20, "b")}));
  auto rows = test.store().partitions_of_view(kSet, kInstance);
  REQUIRE(publish(test.store(), {some_partition(0, 20, "c")},
                  {rows[0].partition_id, rows[1].partition_id}));
  CHECK(ranges(test.store()) == "[0,20)");

  // The loser of a race: what it would retire is gone, so nothing changes.
  CHECK_FALSE(publish(test.store(), {some_partition(50, 60)}, {rows[0].partition_id}));
  CHECK(ranges(test.store()) == "[0,20)");
  // Nor may one view retire another's.
  rows = test.store().partitions_of_view(kSet, kInstance);
  CHECK_FALSE(publish(test.store(), {}, {rows[0].partition_id}, "two"));
  CHECK(ranges(test.store()) == "[0,20)");
}

void keeps_retired_files_for_a_while(StoreUnderTest& test) {
  REQUIRE(publish(test.store(), {some_partition(0, 10, "a"), some_partition(10, 20, "b")}));
  const auto rows = test.store().partitions_of_view(kSet, kInstance);
  REQUIRE(publish(test.store(), {some_partition(0, 20, "c")},
                  {rows[0].partition_id, rows[1].partition_id}));
  const Timestamp now = Timestamp::now();
  const std::int64_t minute = 60'000'000'000;
  CHECK(test.store().expired_files({now.ns + 59 * minute}).empty());
  CHECK(test.store().expired_files({now.ns + 61 * minute}) == std::vector<std::string>{"a", "b"});
  test.store().forget_files({"a", "unknown"});
  CHECK(test.store().expired_files({now.ns + 61 * minute}) == std::vector<std::string>{"b"});
}

void spares_a_file_that_is_live_again(StoreUnderTest& test) {
  REQUIRE(publish(test.store(), {some_partition(0, 10, "a")}));
  const auto rows = test.store().partitions_of_view(kSet, kInstance);
  REQUIRE(publish(test.store(), {some_partition(0, 10, "a")}, {rows[0].partition_id}));
  CHECK(test.store().expired_files({std::int64_t{1} << 62}).empty());
}

void keeps_block_errors_with_their_partition(StoreUnderTest& test) {
  auto partition = empty_partition(0, 10);
  BlockError error;
  error.process_id = ProcessId::random();
  error.stream_id = StreamId::random();
  error.block_id = BlockId::random();
  error.stage = "objects";
  error.offset = 17;
  error.reason = "a record is cut";
  partition.errors = {error};
  REQUIRE(publish(test.store(), {partition}));

  const auto errors = test.store().all_block_errors();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].process_id == error.process_id);
  CHECK(errors[0].stream_id == error.stream_id);
  CHECK(errors[0].block_id == error.block_id);
  CHECK(errors[0].stage == "objects");
  CHECK(errors[0].offset == 17);
  CHECK(errors[0].reason == "a record is cut");

  const auto rows = test.store().partitions_of_view(kSet, kInstance);
  CHECK(rows[0].errors.empty());
  REQUIRE(publish(test.store(), {empty_partition(0, 10)}, {rows[0].partition_id}));
  CHECK(test.store().all_block_errors().empty());
}

void refuses_nonsense(StoreUnderTest& test) {
  CHECK_THROWS_AS(publish(test.store(), {some_partition(10, 10)}), Error);
  auto without_file = some_partition(10, 20);
  without_file.file_path.clear();
  CHECK_THROWS_AS(publish(test.store(), {without_file}), Error);
  CHECK_THROWS_AS(test.store().swap_partitions({kSet, std::string("a\0", 2), {}, {}}), Error);
  CHECK_THROWS_AS(test.store().swap_partitions({kSet, std::string(256, 'x'), {}, {}}), Error);
  CHECK(test.store().all_partitions().empty());
}

void agrees_on_a_tick_estimate(StoreUnderTest& test) {
  const auto process = ProcessId::random();
  const auto other = test.open_again();
  CHECK_FALSE(test.store().tick_estimate(process));
  const TickEstimate first{1000, 10};
  CHECK(test.store().replace_tick_estimate(process, std::nullopt, first).frequency == 1000);
  // The other server also found none, but was slower: it goes on with the first one's.
  CHECK(other->replace_tick_estimate(process, std::nullopt, {2000, 20}).frequency == 1000);
  CHECK(other->tick_estimate(process)->ticks_covered == 10);
  CHECK(other->replace_tick_estimate(process, first, {3000, 30}).frequency == 3000);
  CHECK(test.store().replace_tick_estimate(process, first, {4000, 40}).frequency == 3000);
  CHECK(test.store().tick_estimate(process)->ticks_covered == 30);
}

}  // namespace

std::vector<Promise> partition_promises() {
  return {
      {"a partition is kept as it was published", keeps_a_partition},
      {"a partition without rows is kept, without a file", remembers_that_there_was_nothing},
      {"partitions of one view and schema never overlap", refuses_overlaps},
      {"a swap happens whole or not at all", swaps_in_one_step},
      {"a retired file is listed an hour later, until it is forgotten",
       keeps_retired_files_for_a_while},
      {"a file that is published again is not deleted", spares_a_file_that_is_live_again},
      {"block errors come and go with their partition", keeps_block_errors_with_their_partition},
      {"partitions that contradict themselves are refused", refuses_nonsense},
      {"servers agree on one tick estimate", agrees_on_a_tick_estimate},
  };
}

}  // namespace micromegas::lake
