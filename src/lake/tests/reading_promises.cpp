#include <algorithm>

#include <catch2/catch.hpp>

#include "lake/tests/metadata_store_suite.h"
#include "lake/tests/sample_rows.h"

namespace micromegas::lake {
namespace {

std::vector<BlockId> scanned_blocks(const MetadataStore& store, std::optional<TimeRange> range) {
  std::vector<BlockId> ids;
  store.scan_blocks(range,
                    [&](const BlockRow& block, const StreamRow& stream, const ProcessRow& process) {
                      CHECK(stream.stream_id == block.info.stream_id);
                      CHECK(process.info.process_id == block.info.process_id);
                      ids.push_back(block.info.block_id);
                      return true;
                    });
  return ids;
}

std::vector<ProcessId> scanned_processes(const MetadataStore& store,
                                         std::optional<TimeRange> range) {
  std::vector<ProcessId> ids;
  store.scan_processes(range, [&](const ProcessRow& process, const BlockTotals&) {
    ids.push_back(process.info.process_id);
    return true;
  });
  return ids;
}

std::vector<StreamId> scanned_streams(const MetadataStore& store, std::optional<TimeRange> range) {
  std::vector<StreamId> ids;
  store.scan_streams(range, [&](const StreamRow& stream, const BlockTotals&) {
    ids.push_back(stream.stream_id);
    return true;
  });
  return ids;
}

void finds_streams_by_tag(StoreUnderTest& test) {
  const auto process = ProcessId::random();
  const auto cpu = some_stream(process);
  auto both = some_stream(process);
  both.tags = {"log", "cpu"};
  const auto log = some_stream(process, StreamId::random(), "log");
  const auto foreign = some_stream(ProcessId::random());
  test.store().ingest(batch_of({}, {cpu, both, log, foreign}, {}));
  const auto ids = [&](std::string_view tag) {
    std::vector<StreamId> found;
    for (const auto& row : test.store().streams_of_process(process, tag)) {
      found.push_back(row.stream_id);
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  const auto sorted = [](std::vector<StreamId> list) {
    std::sort(list.begin(), list.end());
    return list;
  };
  CHECK(ids("cpu") == sorted({cpu.stream_id, both.stream_id}));
  CHECK(ids("log") == sorted({log.stream_id, both.stream_id}));
  CHECK(ids("") == sorted({cpu.stream_id, both.stream_id, log.stream_id}));
  CHECK(ids("cp").empty());
}

void continues_after_a_sequence(StoreUnderTest& test) {
  const auto process = ProcessId::random();
  const auto first = some_block(process, StreamId::random());
  test.store().ingest(
      batch_of({}, {}, {first, some_block(ProcessId::random(), StreamId::random())}));
  const auto seen = test.store().blocks_of_process(process, 0);
  REQUIRE(seen.size() == 1);
  CHECK(test.store().blocks_of_process(process, seen[0].sequence).empty());

  const auto second = some_block(process, StreamId::random());
  test.store().ingest(batch_of({}, {}, {second}));
  const auto news = test.store().blocks_of_process(process, seen[0].sequence);
  REQUIRE(news.size() == 1);
  CHECK(news[0].info.block_id == second.info.block_id);
}

void sums_blocks_up(StoreUnderTest& test) {
  const auto process = some_process();
  const auto a = some_stream(process.process_id);
  const auto b = some_stream(process.process_id);
  auto early = some_block(process.process_id, a.stream_id, -300, -200, 5);
  auto late = some_block(process.process_id, a.stream_id, 500, 900, 7);
  auto middle = some_block(process.process_id, b.stream_id, 100, 400, 0);
  CHECK_FALSE(test.store().totals_of_process(process.process_id));

  // Blocks first: nobody promises that a process or a stream arrives before its blocks.
  test.store().ingest(batch_of({}, {}, {early}));
  CHECK_FALSE(test.store().totals_of_process(process.process_id));  // Whose stream is it?
  CHECK(scanned_processes(test.store(), std::nullopt).empty());
  CHECK(scanned_streams(test.store(), std::nullopt).empty());
  CHECK(scanned_blocks(test.store(), std::nullopt).empty());

  test.store().ingest(batch_of({}, {a}, {}));
  CHECK(test.store().totals_of_process(process.process_id)->last_end_ticks == -200);
  test.store().ingest(batch_of({}, {}, {late, early}));
  CHECK(scanned_streams(test.store(), std::nullopt).size() == 1);
  CHECK(scanned_blocks(test.store(), std::nullopt).empty());
  test.store().ingest(batch_of({process}, {b}, {middle}));

  const auto rows = test.store().blocks_of_process(process.process_id, 0);
  const auto totals = test.store().totals_of_process(process.process_id);
  REQUIRE(totals);
  CHECK(totals->nb_blocks == 3);
  CHECK(totals->nb_events == 12);
  CHECK(totals->last_end_ticks == 900);
  CHECK(totals->last_end_time.ns == 900);
  CHECK(totals->last_insert_time == rows.back().insert_time);

  int streams = 0;
  test.store().scan_streams(std::nullopt, [&](const StreamRow& row, const BlockTotals& sum) {
    ++streams;
    CHECK(sum.nb_blocks == (row.stream_id == a.stream_id ? 2 : 1));
    CHECK(sum.nb_events == (row.stream_id == a.stream_id ? 12 : 0));
    CHECK(sum.last_end_ticks == (row.stream_id == a.stream_id ? 900 : 400));
    return true;
  });
  CHECK(streams == 2);
  test.store().scan_processes(std::nullopt, [&](const ProcessRow& row, const BlockTotals& sum) {
    CHECK(row.info.process_id == process.process_id);
    CHECK(sum.nb_blocks == 3);
    return true;
  });
  CHECK(scanned_blocks(test.store(), std::nullopt) ==
        std::vector{early.info.block_id, late.info.block_id, middle.info.block_id});
}

void hides_blocks_of_foreign_streams(StoreUnderTest& test) {
  // A block that names one process and the stream of another belongs to neither.
  const auto mine = some_process();
  const auto theirs = some_process();
  const auto stream = some_stream(theirs.process_id);
  test.store().ingest(
      batch_of({mine, theirs}, {stream}, {some_block(mine.process_id, stream.stream_id)}));
  CHECK(scanned_blocks(test.store(), std::nullopt).empty());
  CHECK(scanned_streams(test.store(), std::nullopt).empty());
  CHECK(scanned_processes(test.store(), std::nullopt).empty());
  CHECK_FALSE(test.store().totals_of_process(mine.process_id));
  CHECK_FALSE(test.store().totals_of_process(theirs.process_id));
}

void scans_by_range(StoreUnderTest& test) {
  const auto process = some_process();
  const auto stream = some_stream(process.process_id);
  test.store().ingest(batch_of({process}, {stream}, {}));
  std::vector<BlockId> ids;
  for (int i = 0; i < 3; ++i) {
    const auto block = some_block(process.process_id, stream.stream_id, 1'000 * i, 1'000 * i + 500);
    ids.push_back(block.info.block_id);
    test.store().ingest(batch_of({}, {}, {block}));
  }
  const auto rows = test.store().blocks_of_process(process.process_id, 0);
  const Timestamp far{std::int64_t{1} << 62};
  const auto& store = test.store();
  CHECK(scanned_blocks(store, std::nullopt) == ids);
  CHECK(scanned_blocks(store, TimeRange{{-1}, far}) == ids);
  CHECK(scanned_blocks(store, TimeRange{{-1}, {1'999}}) == std::vector{ids[0], ids[1]});
  CHECK(scanned_blocks(store, TimeRange{{-1}, {2'000}}) == ids);
  CHECK(scanned_blocks(store, TimeRange{rows[1].insert_time, far}) == std::vector{ids[1], ids[2]});
  CHECK(scanned_blocks(store, TimeRange{{rows[2].insert_time.ns + 1}, far}).empty());

  const Timestamp registered = store.find_process(process.process_id)->insert_time;
  const Timestamp newest = rows[2].insert_time;
  CHECK(scanned_processes(store, TimeRange{{0}, registered}).size() == 1);
  CHECK(scanned_processes(store, TimeRange{{0}, {registered.ns - 1}}).empty());
  CHECK(scanned_processes(store, TimeRange{newest, far}).size() == 1);
  CHECK(scanned_processes(store, TimeRange{{newest.ns + 1}, far}).empty());
  CHECK(scanned_streams(store, TimeRange{{0}, registered}).size() == 1);
  CHECK(scanned_streams(store, TimeRange{{0}, {registered.ns - 1}}).empty());
  CHECK(scanned_streams(store, TimeRange{newest, far}).size() == 1);
  CHECK(scanned_streams(store, TimeRange{{newest.ns + 1}, far}).empty());
}

void stops_when_told(StoreUnderTest& test) {
  std::vector<ProcessId> order;
  for (int i = 0; i < 3; ++i) {
    const auto process = some_process();
    const auto stream = some_stream(process.process_id);
    order.push_back(process.process_id);
    test.store().ingest(
        batch_of({process}, {stream}, {some_block(process.process_id, stream.stream_id)}));
  }
  CHECK(scanned_processes(test.store(), std::nullopt) == order);
  int visits = 0;
  test.store().scan_processes(std::nullopt, [&](auto&&...) { return ++visits < 2; });
  CHECK(visits == 2);
  test.store().scan_streams(std::nullopt, [&](auto&&...) { return ++visits < 4; });
  CHECK(visits == 4);
  test.store().scan_blocks(std::nullopt, [&](auto&&...) { return ++visits < 6; });
  CHECK(visits == 6);
}

void lets_a_visitor_ask_and_write(StoreUnderTest& test) {
  const auto process = some_process();
  const auto stream = some_stream(process.process_id);
  const auto block = some_block(process.process_id, stream.stream_id);
  test.store().ingest(batch_of({process}, {stream}, {block}));
  int visits = 0;
  test.store().scan_blocks(std::nullopt, [&](const BlockRow&, const StreamRow&, const ProcessRow&) {
    ++visits;
    CHECK(test.store().find_process(process.process_id));
    test.store().ingest(batch_of({}, {}, {some_block(process.process_id, stream.stream_id)}));
    return visits < 10;
  });
  CHECK(visits == 1);  // A scan sees the lake as it was when it began.
  CHECK(test.store().blocks_of_process(process.process_id, 0).size() == 2);
}

}  // namespace

std::vector<Promise> reading_promises() {
  return {
      {"streams of a process are found by their tag", finds_streams_by_tag},
      {"blocks of a process are listed from a sequence on", continues_after_a_sequence},
      {"totals follow the blocks, also when these come before their stream and process",
       sums_blocks_up},
      {"a block of a stream that belongs to another process is not listed",
       hides_blocks_of_foreign_streams},
      {"a range keeps what overlaps it, both ends counted", scans_by_range},
      {"a scan goes by insert time and stops when told", stops_when_told},
      {"a visitor may ask the store and write to it", lets_a_visitor_ask_and_write},
  };
}

}  // namespace micromegas::lake
