#include <filesystem>
#include <fstream>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <catch2/catch.hpp>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include "base/error.h"
#include "recorded_process.h"
#include "views/async_event_record_builder.h"
#include "views/async_events_schema.h"
#include "views/orphaned_files.h"
#include "views/partition_file.h"
#include "views/partition_updater.h"
#include "views/partition_writer.h"

namespace micromegas::views {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const ViewKey kView{"async_events", "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"};
constexpr Timestamp kInserted{1795327341939069005};  // 2026-11-22T06:02:21.939069005Z
constexpr std::int64_t kHourNs = std::int64_t{3600} * 1'000'000'000;

}  // namespace

TEST_CASE("a partition's file lies by view and insert time, and is gone unless it is kept",
          "[partition_file]") {
  const TemporaryFolder folder;
  const auto nb_files = [&] {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      files += entry.is_regular_file();
    }
    return files;
  };
  {
    PartitionFile file(folder.path(), kView, kInserted);
    CHECK(file.relative_path().starts_with(
        "async_events/0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0/2026-11-22/06-02-21_"));
    CHECK(file.relative_path().ends_with(".parquet"));
    CHECK_FALSE(fs::exists(folder.path() / file.relative_path()));  // Not before it is whole.
    REQUIRE(file.stream()->Write("12345", 5).ok());
    CHECK(file.finish() == 5);
    CHECK(fs::file_size(folder.path() / file.relative_path()) == 5);
    CHECK(nb_files() == 1);
  }
  CHECK(nb_files() == 0);
  {
    PartitionFile abandoned(folder.path(), kView, kInserted);
  }
  CHECK(nb_files() == 0);
  {
    PartitionFile file(folder.path(), kView, kInserted);
    file.finish();
    file.keep();
  }
  CHECK(nb_files() == 1);
}

TEST_CASE("a folder that cannot be written is an error that another try may not see",
          "[partition_file]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "async_events") << "in the way";
  try {
    PartitionFile file(folder.path(), kView, kInserted);
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::kUnavailable);
  }
}

TEST_CASE("forty thousand names stay in the dictionary; times and ids are deltas with statistics",
          "[partition_writer]") {
  const TemporaryFolder folder;
  PartitionFile file(folder.path(), kView, kInserted);
  PartitionWriter writer(file, async_events_stored_schema());
  constexpr int kNames = 40'000;
  AsyncEventRecordBuilder builder(kNames);
  for (int group = 0; group < 2; ++group) {
    builder.begin_block("stream", "block");
    for (int i = 0; i < kNames; ++i) {
      const std::string name = "module::function_with_a_long_name_" + std::to_string(i);
      builder.append({.time = {kInserted.ns - i}, .span_id = static_cast<std::uint64_t>(i)},
                     static_cast<std::uint64_t>(i),
                     [&] { return CallSiteTexts{name, "file.cpp", "module", 3}; });
    }
    writer.write_row_group(builder.finish());
  }
  const WrittenRows written = writer.finish();
  CHECK(written.num_rows == 2 * kNames);
  CHECK(written.event_range == TimeRange{{kInserted.ns - kNames + 1}, kInserted});
  CHECK(written.file_size ==
        static_cast<std::int64_t>(fs::file_size(folder.path() / file.relative_path())));

  const auto reader =
      parquet::ParquetFileReader::OpenFile((folder.path() / file.relative_path()).string());
  const auto metadata = reader->metadata();
  REQUIRE(metadata->num_row_groups() == 2);
  const auto* schema = metadata->schema();
  for (int i = 0; i < schema->num_columns(); ++i) {
    const std::string name = schema->Column(i)->name();
    INFO(name);
    const auto chunk = metadata->RowGroup(1)->ColumnChunk(i);
    const bool delta = name == "time" || name == "span_id" || name == "parent_span_id";
    CHECK(chunk->compression() == arrow::Compression::LZ4);
    CHECK(chunk->is_stats_set() == delta);
    for (const auto& pages : chunk->encoding_stats()) {
      if (pages.page_type == parquet::PageType::DICTIONARY_PAGE) continue;
      CHECK(pages.encoding ==
            (delta ? parquet::Encoding::DELTA_BINARY_PACKED : parquet::Encoding::RLE_DICTIONARY));
    }
    CHECK(schema->Column(i)->schema_node()->is_optional() == (name == "parent_span_id"));
  }
  CHECK(schema->Column(2)->logical_type()->ToString() ==
        "Timestamp(isAdjustedToUTC=true, timeUnit=nanoseconds, is_from_converted_type=false, "
        "force_set_converted_type=false)");
  CHECK(metadata->key_value_metadata() == nullptr);
}

TEST_CASE("a piece of a few events is a small file", "[partition_writer]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  app.at(1us).begin(ui, "request");
  app.at(2us).end(ui, "request");
  app.flush();
  PartitionUpdater updater(app.lake().lake(), {});
  const auto partitions = updater.bring_up_to_date(*app.view(), {}, {});
  REQUIRE(partitions.size() == 1);
  CHECK(partitions[0].file_size < 2'500);
}

TEST_CASE("a file that nobody names is deleted once no build can still be writing it",
          "[orphaned_files]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  PartitionUpdater updater(app.lake().lake(), {});
  const auto lake = app.lake().lake();
  for (int i = 1; i <= 8; ++i) {
    app.at(i * 1us).begin(ui, std::to_string(i));
    app.flush();
    updater.bring_up_to_date(*app.view(), {}, {});
  }
  REQUIRE(lake->metadata().all_partitions().size() == 1);
  const auto named = app.lake().partition_files();
  CHECK(named.size() == 8);  // Seven of them retired: queries may still read them.

  std::ofstream(lake->partitions_folder() / "async_events" / ".orphan.parquet.tmp") << "half";
  const Timestamp now = Timestamp::now();
  CHECK(remove_orphaned_files(*lake, now) == 0);
  CHECK(remove_orphaned_files(*lake, {now.ns + 2 * kHourNs}) == 1);
  CHECK(app.lake().partition_files() == named);
}

TEST_CASE("a file that waits to be published for long is none that nobody names",
          "[orphaned_files]") {
  RecordedProcess app;
  const auto lake = app.lake().lake();
  PartitionFile file(lake->partitions_folder(), kView, kInserted);
  file.finish();
  const auto path = lake->partitions_folder() / file.relative_path();
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(3));
  CHECK(file.renew());
  CHECK(remove_orphaned_files(*lake, Timestamp::now()) == 0);

  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(3));
  CHECK(remove_orphaned_files(*lake, Timestamp::now()) == 1);
  CHECK_FALSE(file.renew());
}

}  // namespace micromegas::views
