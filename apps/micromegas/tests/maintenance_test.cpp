#include "apps/micromegas/serve/maintenance.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "lake/tests/sample_rows.h"
#include "lake/tests/temporary_folder.h"

namespace micromegas::cli {
namespace {

constexpr std::int64_t kHour = std::int64_t{3600} * 1'000'000'000;

void publish(lake::Lake& lake, const std::string& file, std::vector<std::int64_t> retire = {}) {
  const lake::PartitionSwap swap{
      "async_events", "one", std::move(retire), {lake::some_partition(10, 20, file)}};
  REQUIRE(lake.metadata().swap_partitions(swap));
  std::ofstream(lake.partitions_folder() / file) << "rows";
}

}  // namespace

TEST_CASE("files of retired partitions are deleted when their grace has ended", "[maintenance]") {
  const lake::TemporaryFolder folder;
  const auto lake = lake::Lake::open({.folder = folder.path()});
  publish(*lake, "old.parquet");
  const auto id = lake->metadata().partitions_of_view("async_events", "one")[0].partition_id;
  publish(*lake, "new.parquet", {id});

  const Timestamp now = Timestamp::now();
  CHECK(delete_expired_files(*lake, now) == 0);
  CHECK(std::filesystem::exists(lake->partitions_folder() / "old.parquet"));
  const Timestamp later{now.ns + 2 * kHour};
  CHECK(delete_expired_files(*lake, later) == 1);
  CHECK_FALSE(std::filesystem::exists(lake->partitions_folder() / "old.parquet"));
  CHECK(std::filesystem::exists(lake->partitions_folder() / "new.parquet"));
  CHECK(delete_expired_files(*lake, later) == 0);
}

TEST_CASE("a file that is gone already, or that lies elsewhere, is no trouble", "[maintenance]") {
  const lake::TemporaryFolder folder;
  const auto lake = lake::Lake::open({.folder = folder.path()});
  const auto precious = folder.path() / "metadata.db";
  for (const std::string file : {"gone.parquet", "../metadata.db"}) {
    REQUIRE(lake->metadata().swap_partitions(
        {"async_events", file, {}, {lake::some_partition(10, 20, file)}}));
    const auto id = lake->metadata().partitions_of_view("async_events", file)[0].partition_id;
    REQUIRE(lake->metadata().swap_partitions({"async_events", file, {id}, {}}));
  }
  CHECK(delete_expired_files(*lake, {Timestamp::now().ns + 2 * kHour}) == 1);
  CHECK(std::filesystem::exists(precious));
}

TEST_CASE("maintenance ends at once when told", "[maintenance]") {
  const lake::TemporaryFolder folder;
  const Maintenance maintenance(lake::Lake::open({.folder = folder.path()}));
}

}  // namespace micromegas::cli
