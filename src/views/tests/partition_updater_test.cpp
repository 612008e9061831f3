#include "views/partition_updater.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <random>
#include <thread>

#include <arrow/type.h>
#include <catch2/catch.hpp>

#include "base/error.h"
#include "counters_of_test.h"
#include "recorded_process.h"
#include "views/block_catalog.h"
#include "wire/lz4_frame.h"

namespace micromegas::views {
namespace {

using namespace std::chrono_literals;

const char* const kBuilt = "micromegas_partitions_built_total";

/// One span per block, at time i microseconds: ended within the block.
void record_block(RecordedProcess& app, RecordedProcess::Thread thread, int i) {
  const std::string name = "span " + std::to_string(i);
  app.at(i * 1us).begin(thread, name);
  app.at(i * 1us + 100ns).end(thread, name);
  app.flush(thread);
}

std::vector<lake::PartitionRow> update(PartitionUpdater& updater, const RecordedProcess& app,
                                       std::optional<TimeRange> range = std::nullopt) {
  return updater.bring_up_to_date(*app.view(), range, {});
}

std::int64_t nb_rows(const std::vector<lake::PartitionRow>& partitions) {
  std::int64_t rows = 0;
  for (const auto& partition : partitions) rows += partition.num_rows;
  return rows;
}

TimeRange range_of(const RecordedProcess& app, std::chrono::nanoseconds begin,
                   std::chrono::nanoseconds end) {
  const std::int64_t start = app.process().start_time.ns;
  return {{start + begin.count()}, {start + end.count()}};
}

/// async_events as another version of the program has it.
class OtherVersion final : public View {
 public:
  explicit OtherVersion(std::shared_ptr<const View> view) : view_(std::move(view)) {}

  const ViewKey& key() const override { return view_->key(); }
  std::shared_ptr<arrow::Schema> schema() const override { return view_->schema(); }
  std::shared_ptr<arrow::Schema> stored_schema() const override { return view_->stored_schema(); }
  std::string schema_hash() const override { return "other"; }
  ProcessId process_id() const override { return view_->process_id(); }
  std::string stream_tag() const override { return view_->stream_tag(); }
  std::string select_sql(const std::string& source,
                         const std::optional<TimeRange>& range) const override {
    return view_->select_sql(source, range);
  }
  void append_rows(BlockSource& block, RowWriter& rows) const override {
    view_->append_rows(block, rows);
  }

 private:
  std::shared_ptr<const View> view_;
};

}  // namespace

TEST_CASE("a partition that is up to date is not built again", "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  for (int i = 1; i <= 3; ++i) record_block(app, ui, i);

  const CounterGrowth built(kBuilt);
  PartitionUpdater updater(app.lake().lake(), {});
  const auto first = update(updater, app);
  CHECK(nb_rows(first) == 6);
  CHECK(built() == 3);
  const auto second = update(updater, app);
  CHECK(built() == 3);
  CHECK(second.size() == first.size());

  // Nor by a server that has just started.
  PartitionUpdater other(app.lake().open(), {});
  CHECK(nb_rows(update(other, app)) == 6);
  CHECK(built() == 3);

  record_block(app, ui, 4);
  CHECK(nb_rows(update(updater, app)) == 8);
  CHECK(built() == 4);
}

TEST_CASE("a partition whose file was deleted or cut short is built again by the next query",
          "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  for (int i = 1; i <= 3; ++i) record_block(app, ui, i);
  const CounterGrowth built(kBuilt);
  PartitionUpdater updater(app.lake().lake(), {});
  const auto first = update(updater, app);
  REQUIRE(built() == 3);
  const auto rows = read_rows(*app.lake().lake(), first);

  const auto& folder = app.lake().lake()->partitions_folder();
  SECTION("one file") {
    std::filesystem::remove(folder / first[1].file_path);
    // Only who needs it builds it.
    CHECK(nb_rows(update(updater, app, range_of(app, 1us, 1us + 10ns))) == 2);
    CHECK(built() == 3);
    update(updater, app);
    CHECK(built() == 4);
  }
  SECTION("one file, of which a copy has less") {
    std::filesystem::resize_file(folder / first[1].file_path,
                                 static_cast<std::uintmax_t>(first[1].file_size - 1));
    update(updater, app);
    CHECK(built() == 4);
  }
  SECTION("the whole folder") {
    std::filesystem::remove_all(folder);
    update(updater, app);
    CHECK(built() == 6);
  }
  CHECK(read_rows(*app.lake().lake(), update(updater, app)) == rows);
  CHECK(app.lake().metadata().all_partitions().size() == 3);
}

TEST_CASE("a process without blocks, or without threads, has no rows", "[partition_updater]") {
  RecordedProcess app;
  PartitionUpdater updater(app.lake().lake(), {});
  CHECK(update(updater, app).empty());
  CHECK_THROWS_AS(updater.bring_up_to_date(*async_events_view(ProcessId::random()), {}, {}), Error);
}

TEST_CASE("a block without async events is remembered as done", "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  app.at(1us).begin_thread_span(ui, "frame");
  app.at(2us).end_thread_span(ui, "frame");
  app.flush(ui);
  app.flush(ui);  // No event at all.

  const CounterGrowth built(kBuilt);
  PartitionUpdater updater(app.lake().lake(), {});
  for (int i = 0; i < 3; ++i) CHECK(update(updater, app).empty());
  CHECK(built() == 2);
  CHECK(app.lake().partition_files().empty());
  const auto partitions = app.lake().metadata().all_partitions();
  REQUIRE(partitions.size() == 2);
  CHECK(partitions[0].num_rows == 0);
  CHECK(partitions[0].file_path.empty());
}

TEST_CASE("only what the range touches is built and returned", "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  for (int i = 1; i <= 5; ++i) record_block(app, ui, i * 10);

  const CounterGrowth built(kBuilt);
  PartitionUpdater updater(app.lake().lake(), {});
  // Block 3 lasts from the end of block 2 to its own: 20.1 to 30.1 us; its events from 30 us on.
  CHECK(update(updater, app, range_of(app, 21us, 22us)).empty());
  CHECK(built() == 1);
  CHECK(nb_rows(update(updater, app, range_of(app, 30us, 31us))) == 2);
  CHECK(built() == 2);  // Block 4 begins at 30.1 us.
  CHECK(nb_rows(update(updater, app, range_of(app, 1s, 2s))) == 0);
  CHECK(built() == 2);
  CHECK(nb_rows(update(updater, app)) == 10);
  CHECK(built() == 5);
}

TEST_CASE("a range finds a block by its ticks where the program's clock was wrong",
          "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  app.set_clock_error(-48h);
  record_block(app, ui, 5);
  PartitionUpdater updater(app.lake().lake(), {});
  CHECK(nb_rows(update(updater, app, range_of(app, 5us, 6us))) == 2);
}

TEST_CASE("an end that comes hours after its begin completes the span", "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  const auto worker = app.thread("worker");
  app.at(1us).begin(ui, "job");
  CHECK(rows_of(app, "async_events") == "1000 begin job - ui\n");
  app.at(5h).end(worker, "job");
  CHECK(rows_of(app, "async_events") ==
        "1000           begin job - ui    \n"
        "18000000000000 end   job - worker\n");
}

TEST_CASE("blocks whose stream is not registered yet come in once it is", "[partition_updater]") {
  RecordedProcess app({.register_streams = false});
  std::vector<RecordedProcess::Thread> threads;
  threads.reserve(20);
  for (int i = 0; i < 20; ++i) threads.push_back(app.thread("thread " + std::to_string(i)));
  for (int i = 0; i < 20; ++i) record_block(app, threads[static_cast<std::size_t>(i)], i);

  PartitionUpdater updater(app.lake().lake(), {});
  CHECK(update(updater, app).empty());
  app.register_stream(threads[3]);
  CHECK(nb_rows(update(updater, app)) == 2);
  // Into the middle of what is there already.
  app.register_stream(threads[1]);
  CHECK(nb_rows(update(updater, app)) == 4);
  for (std::size_t i = 4; i < 20; ++i) app.register_stream(threads[i]);
  CHECK(nb_rows(update(updater, app)) == 36);
}

TEST_CASE("streams of another tag or format or process have no part in a view",
          "[partition_updater]") {
  RecordedProcess app({.register_streams = false});
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  wire::StreamInfo stream;
  stream.stream_id = app.stream_id(ui);
  stream.process_id = ProcessId::random();
  stream.tags = {"cpu"};
  app.lake().ingest(stream);
  PartitionUpdater updater(app.lake().lake(), {});
  CHECK(update(updater, app).empty());
}

TEST_CASE("a query after each of a thousand arriving blocks is right and leaves few partitions",
          "[partition_updater]") {
  RecordedProcess app;
  const std::vector<RecordedProcess::Thread> threads{app.thread("ui"), app.thread("worker")};
  PartitionUpdater updater(app.lake().lake(), {});
  const CounterGrowth bytes_written("micromegas_partition_bytes_written_total");
  std::mt19937_64 random(5);
  std::lognormal_distribution<double> gap(std::log(2000.0), 1.0);
  std::chrono::nanoseconds now{0};
  const auto next = [&]() -> RecordedProcess& {
    now += std::chrono::nanoseconds(static_cast<std::int64_t>(gap(random)));
    return app.at(now);
  };
  constexpr int kBlocks = 1000;
  constexpr int kRequestsPerBlock = 40;
  for (int i = 1; i <= kBlocks; ++i) {
    const auto thread = threads[random() % 2];
    for (int r = 0; r < kRequestsPerBlock; ++r) {
      const std::string request = "request " + std::to_string(random() % 20);
      const std::string query = "query " + std::to_string(random() % 20);
      next().begin(thread, request);
      next().begin(thread, query, ChildOf{request});
      next().end(thread, query);
      next().end(thread, request);
    }
    app.flush(thread);
    REQUIRE(nb_rows(update(updater, app)) == std::int64_t{4} * i * kRequestsPerBlock);
  }
  const auto partitions = app.lake().metadata().all_partitions();
  CHECK(partitions.size() <= 50);
  std::int64_t final_size = 0;
  for (const auto& partition : partitions) final_size += partition.file_size;
  INFO(final_size << " bytes at the end");
  CHECK(bytes_written() <= 10 * static_cast<std::uint64_t>(final_size));
}

TEST_CASE("partitions of another schema version are replaced", "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  PartitionUpdater updater(app.lake().lake(), {});
  const auto other = std::make_shared<OtherVersion>(app.view());
  CHECK(nb_rows(updater.bring_up_to_date(*other, {}, {})) == 2);

  PartitionUpdater newer(app.lake().lake(), {});
  CHECK(nb_rows(update(newer, app)) == 2);
  const auto partitions = app.lake().metadata().all_partitions();
  REQUIRE(partitions.size() == 1);
  CHECK(partitions[0].schema_hash == app.view()->schema_hash());
}

TEST_CASE("an unknown frequency is estimated once, and again when the ticks have doubled",
          "[partition_updater]") {
  RecordedProcess app({.tsc_frequency = 0});
  const auto ui = app.thread("ui");
  PartitionUpdater updater(app.lake().lake(), {});
  // By the program's clock 1.25 ms have passed when its ticks have come to 1,000,000: 0.8 GHz.
  const auto times = [&] {
    std::vector<std::int64_t> times;
    for (const auto& row : read_rows(*app.lake().lake(), update(updater, app))) {
      times.push_back(row.time - app.process().start_time.ns);
    }
    return times;
  };
  app.at(100us).begin(ui, "a");
  app.at(1ms).end(ui, "a");
  app.set_clock_error(250us);
  app.flush();
  CHECK(times() == std::vector<std::int64_t>{125'000, 1'250'000});

  app.at(1500us).begin(ui, "b");
  app.set_clock_error(0us);
  app.flush();
  CHECK(times() == std::vector<std::int64_t>{125'000, 1'250'000, 1'875'000});

  app.at(2ms).end(ui, "b");
  app.flush();
  CHECK(times() == std::vector<std::int64_t>{100'000, 1'000'000, 1'500'000, 2'000'000});
  CHECK(app.lake().metadata().tick_estimate(app.process_id())->frequency == 1'000'000'000);
}

TEST_CASE("what others send under a process's id does not move its clock", "[partition_updater]") {
  RecordedProcess app({.tsc_frequency = 0});
  const auto ui = app.thread("ui");
  app.at(1ms).begin(ui, "a");
  app.flush();
  // One block of nobody's stream, one of a stream of another process; both far in the future.
  RecordedProcess other;
  const auto stranger = other.thread("stranger");
  wire::StreamInfo theirs;
  theirs.process_id = other.process_id();
  theirs.stream_id = other.stream_id(stranger);
  app.lake().ingest(theirs);
  app.at(2ms).begin(ui, "b");
  auto foreign = app.take_block(ui);
  foreign.info.end_ticks = {std::int64_t{1} << 60};
  foreign.info.end_time.ns += 3'600'000'000'000;
  for (const StreamId stream : {StreamId::random(), theirs.stream_id}) {
    foreign.info.block_id = BlockId::random();
    foreign.info.stream_id = stream;
    app.lake().ingest(foreign);
  }
  PartitionUpdater updater(app.lake().lake(), {});
  const auto rows = read_rows(*app.lake().lake(), update(updater, app));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].time - app.process().start_time.ns == 1'000'000);
  CHECK(app.lake().metadata().tick_estimate(app.process_id())->frequency == 1'000'000'000);
}

TEST_CASE("ticks that cannot be converted make no rows, and say so", "[partition_updater]") {
  RecordedProcess app({.tsc_frequency = 0});
  const auto ui = app.thread("ui");
  app.at(0ns).begin(ui, "a");
  app.set_clock_error(1s);
  app.flush();
  PartitionUpdater updater(app.lake().lake(), {});
  CHECK(update(updater, app).empty());
  const auto errors = app.lake().metadata().all_block_errors();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].reason == "invalid frequency");
  CHECK(errors[0].stage == "time");
  CHECK(errors[0].stream_id == app.stream_id(ui));
}

TEST_CASE("a block of more rows than a row group holds counts whole or not at all",
          "[partition_updater]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  constexpr int kSpans = 25'000;
  const auto record_many = [&] {
    for (int i = 0; i < kSpans; ++i) {
      app.at(1ms + i * 1us).begin(ui, "x");
      app.at(1ms + i * 1us + 1ns).end(ui, "x");
    }
  };
  record_many();
  app.flush(ui);

  // The same once more, spoilt by one byte at its very end.
  record_many();
  auto spoilt = app.take_block(ui);
  Bytes objects;
  wire::decompress_frame(spoilt.payload.objects, objects);
  objects.push_back(std::byte{0xff});
  spoilt.payload.objects = wire::compress_frame(objects, wire::kFastLz4);
  app.lake().ingest(spoilt);
  record_block(app, ui, 60'000);
  for (int i = 0; i < 4; ++i) app.flush(ui);  // Eight blocks: one partition.

  PartitionUpdater updater(app.lake().lake(), {.threads = 1, .memory_limit = 1});
  const auto partitions = update(updater, app);
  REQUIRE(partitions.size() == 1);
  CHECK(partitions[0].num_rows == 2 * kSpans + 4);
  CHECK(partitions[0].nb_blocks == 8);
  const auto rows = read_rows(*app.lake().lake(), partitions);
  CHECK(rows.size() == 2 * kSpans + 4);
  CHECK(std::none_of(rows.begin(), rows.end(), [&](const EventRow& row) {
    return row.block_id == spoilt.info.block_id.to_string();
  }));
  REQUIRE(app.lake().metadata().all_block_errors().size() == 1);
  CHECK(app.lake().partition_files().size() == 1);
}

TEST_CASE("the catalog forgets processes and finds them again", "[block_catalog]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  wire::ProcessInfo other;
  other.process_id = ProcessId::random();
  app.lake().ingest(other);

  BlockCatalog catalog(app.lake().lake(), 1);
  const auto first = catalog.refresh(app.process_id(), "cpu");
  CHECK(catalog.refresh(app.process_id(), "cpu") == first);
  CHECK(catalog.refresh(other.process_id, "cpu")->blocks.empty());
  const auto again = catalog.refresh(app.process_id(), "cpu");
  CHECK(again != first);
  CHECK(again->blocks.size() == 1);
  CHECK(catalog.refresh(app.process_id(), "log")->blocks.empty());
}

}  // namespace micromegas::views
