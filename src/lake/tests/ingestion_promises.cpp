#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "lake/tests/metadata_store_suite.h"
#include "lake/tests/sample_rows.h"

namespace micromegas::lake {
namespace {

void keeps_a_process(StoreUnderTest& test) {
  auto process = some_process();
  process.parent_process_id = ProcessId::random();
  process.properties = {{"version", "1"}, {"version", "2"}, {"note", "ünï \"quoted\" \\ \n"}};
  const Timestamp before = Timestamp::now();
  test.store().ingest(batch_of({process}, {}, {}));

  const auto row = test.store().find_process(process.process_id);
  REQUIRE(row);
  CHECK(row->info.exe == "demo");
  CHECK(row->info.username == "ada");
  CHECK(row->info.realname == "Ada L.");
  CHECK(row->info.computer == "engine");
  CHECK(row->info.distro == "Debian 12");
  CHECK(row->info.cpu_brand == "a processor");
  CHECK(row->info.tsc_frequency == 1'000'000'000);
  CHECK(row->info.start_time.ns == 1'795'327'341'939'069'005);
  CHECK(row->info.start_ticks.value == 17);
  CHECK(row->info.parent_process_id == process.parent_process_id);
  CHECK(row->info.properties == process.properties);
  CHECK(row->insert_time >= before);
  CHECK_FALSE(test.store().find_process(ProcessId::random()));
}

void keeps_a_stream(StoreUnderTest& test) {
  const auto process = ProcessId::random();
  const auto stream = some_stream(process);
  test.store().ingest(batch_of({}, {stream}, {}));

  const auto row = test.store().find_stream(stream.stream_id);
  REQUIRE(row);
  CHECK(row->process_id == process);
  CHECK(row->tags == stream.tags);
  CHECK(row->properties == stream.properties);
  CHECK(row->format == "micromegas-transit");
  CHECK(wire::decode_type_table(row->objects_metadata) == stream.objects_metadata);
  CHECK(wire::decode_type_table(row->dependencies_metadata).empty());
  CHECK_FALSE(test.store().find_stream(StreamId::random()));
}

void keeps_a_block(StoreUnderTest& test) {
  const auto process = ProcessId::random();
  auto block = some_block(process, StreamId::random());
  block.info.begin_ticks = {-5};
  block.info.object_offset = std::int64_t{1} << 40;
  const Timestamp before = Timestamp::now();
  test.store().ingest(batch_of({}, {}, {block}));

  const auto rows = test.store().blocks_of_process(process, 0);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].info.block_id == block.info.block_id);
  CHECK(rows[0].info.stream_id == block.info.stream_id);
  CHECK(rows[0].info.process_id == process);
  CHECK(rows[0].info.begin_time == block.info.begin_time);
  CHECK(rows[0].info.end_time == block.info.end_time);
  CHECK(rows[0].info.begin_ticks.value == -5);
  CHECK(rows[0].info.end_ticks == block.info.end_ticks);
  CHECK(rows[0].info.object_offset == block.info.object_offset);
  CHECK(rows[0].info.nb_objects == 3);
  CHECK(rows[0].payload_size == 100);
  CHECK(rows[0].payload == block.payload);
  CHECK(rows[0].insert_time >= before);
  CHECK(rows[0].sequence > 0);
}

void ignores_a_repeat(StoreUnderTest& test) {
  auto process = some_process();
  auto stream = some_stream(process.process_id);
  auto block = some_block(process.process_id, stream.stream_id);
  test.store().ingest(batch_of({process}, {stream}, {block, block}));
  const auto first = test.store().blocks_of_process(process.process_id, 0);

  process.exe = "another";
  stream.tags = {"log"};
  block.info.nb_objects = 1000;
  test.store().ingest(batch_of({process}, {stream}, {block}));

  CHECK(test.store().find_process(process.process_id)->info.exe == "demo");
  CHECK(test.store().find_stream(stream.stream_id)->tags == std::vector<std::string>{"cpu"});
  const auto again = test.store().blocks_of_process(process.process_id, 0);
  REQUIRE(again.size() == 1);
  CHECK(again[0].info.nb_objects == 3);
  CHECK(again[0].sequence == first[0].sequence);
  const auto totals = test.store().totals_of_process(process.process_id);
  CHECK(totals->nb_blocks == 1);
  CHECK(totals->nb_events == 3);
}

void orders_blocks_totally(StoreUnderTest& test) {
  const auto process = ProcessId::random();
  const auto stream = StreamId::random();
  const auto other = test.open_again();
  for (int i = 0; i < 20; ++i) {
    MetadataStore& store = i % 2 == 0 ? test.store() : *other;
    store.ingest(batch_of({}, {}, {some_block(process, stream), some_block(process, stream)}));
  }
  const auto rows = test.store().blocks_of_process(process, 0);
  REQUIRE(rows.size() == 40);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CHECK(rows[i].sequence > rows[i - 1].sequence);
    CHECK(rows[i].insert_time > rows[i - 1].insert_time);
  }
}

void takes_writers_at_once(StoreUnderTest& test) {
  const auto process = ProcessId::random();
  const auto other = test.open_again();
  std::vector<std::thread> writers;
  writers.reserve(4);
  for (int w = 0; w < 4; ++w) {
    MetadataStore& store = w % 2 == 0 ? test.store() : *other;
    writers.emplace_back([&store, process] {
      const auto stream = StreamId::random();
      const auto info = some_stream(process, stream);
      for (int i = 0; i < 10; ++i)
        store.ingest(batch_of({}, {info}, {some_block(process, stream)}));
    });
  }
  for (auto& writer : writers) writer.join();
  std::set<std::int64_t> insert_times;
  for (const auto& row : test.store().blocks_of_process(process, 0)) {
    insert_times.insert(row.insert_time.ns);
  }
  CHECK(insert_times.size() == 40);
  CHECK(other->totals_of_process(process)->nb_blocks == 40);
}

void knows_its_blocks(StoreUnderTest& test) {
  const auto block = some_block(ProcessId::random(), StreamId::random());
  test.store().ingest(batch_of({}, {}, {block}));
  const auto known = test.store().known_blocks({BlockId::random(), block.info.block_id});
  CHECK(known == std::vector{block.info.block_id});
  CHECK(test.store().known_blocks({}).empty());
}

void drops_reserved_keys(StoreUnderTest& test) {
  auto process = some_process();
  process.properties = {{"micromegas.audience", "x"}, {"micromegas", "kept"}, {"a", "b"}};
  auto stream = some_stream(process.process_id);
  stream.properties = {{"micromegas.", "x"}, {"thread-id", "1"}};
  test.store().ingest(batch_of({process}, {stream}, {}));
  CHECK(test.store().find_process(process.process_id)->info.properties ==
        wire::Properties{{"micromegas", "kept"}, {"a", "b"}});
  CHECK(test.store().find_stream(stream.stream_id)->properties ==
        wire::Properties{{"thread-id", "1"}});
}

/// The text of the kInvalidArgument that the store refuses a batch with; empty: it took it.
std::string refusal(MetadataStore& store, const IngestBatch& batch) {
  try {
    store.ingest(batch);
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::kInvalidArgument);
    return e.what();
  }
  return "";
}

void refuses_text_it_cannot_hold(StoreUnderTest& test) {
  const auto refused_process = [&](auto change) {
    auto process = some_process();
    change(process);
    auto reason = refusal(test.store(), batch_of({some_process(), process}, {}, {}));
    CHECK_FALSE(test.store().find_process(process.process_id));
    return reason;
  };
  CHECK(refused_process([](auto& p) { p.exe = std::string("a\0b", 3); }) ==
        "exe: holds a NUL at byte 1");
  CHECK(refused_process([](auto& p) { p.username.assign(256, 'x'); }) ==
        "username: 256 characters, at most 255");
  CHECK(refused_process([](auto& p) { p.properties = {{"key", std::string("\0", 1)}}; }) ==
        "properties.key: holds a NUL at byte 0");
  CHECK(refused_process([](auto& p) { p.properties = {{std::string("k\0", 2), ""}}; }) ==
        "properties: holds a NUL at byte 1");

  auto stream = some_stream(ProcessId::random());
  stream.tags = {"cpu", std::string("\0", 1)};
  CHECK(refusal(test.store(), batch_of({}, {stream}, {})) == "tags: holds a NUL at byte 0");
}

void counts_characters_not_bytes(StoreUnderTest& test) {
  auto process = some_process();
  process.exe.clear();
  for (int i = 0; i < 255; ++i) process.exe += "ü";
  CHECK(refusal(test.store(), batch_of({process}, {}, {})).empty());
  CHECK(test.store().find_process(process.process_id)->info.exe == process.exe);
}

void survives_being_reopened(StoreUnderTest& test) {
  const auto process = some_process();
  const auto block = some_block(process.process_id, StreamId::random());
  test.store().ingest(batch_of({process}, {}, {block}));
  const auto again = test.open_again();
  CHECK(again->find_process(process.process_id));
  CHECK(again->blocks_of_process(process.process_id, 0).size() == 1);
}

}  // namespace

std::vector<Promise> ingestion_promises() {
  return {
      {"a process is kept as it came", keeps_a_process},
      {"a stream is kept as it came", keeps_a_stream},
      {"a block is kept as it came", keeps_a_block},
      {"a repeated id is ignored, and counted once", ignores_a_repeat},
      {"no two blocks share an insert time, and it grows with the sequence", orders_blocks_totally},
      {"several processes write at once", takes_writers_at_once},
      {"it tells which blocks it has", knows_its_blocks},
      {"properties that begin with micromegas. are dropped", drops_reserved_keys},
      {"NUL and over-long text are refused by the name of the field, whole batch",
       refuses_text_it_cannot_hold},
      {"a limit is one of characters, not of bytes", counts_characters_not_bytes},
      {"what was ingested is there when the store is opened again", survives_being_reopened},
  };
}

}  // namespace micromegas::lake
