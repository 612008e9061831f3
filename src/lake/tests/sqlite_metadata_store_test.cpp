#include "lake/sqlite_metadata_store.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "lake/tests/metadata_store_suite.h"
#include "lake/tests/sample_rows.h"
#include "lake/tests/temporary_folder.h"

namespace micromegas::lake {
namespace {

class SqliteUnderTest final : public StoreUnderTest {
 public:
  MetadataStore& store() override { return store_; }
  std::unique_ptr<MetadataStore> open_again() override {
    return std::make_unique<SqliteMetadataStore>(file());
  }

  std::filesystem::path file() const { return folder_.path() / "metadata.db"; }

 private:
  TemporaryFolder folder_;
  SqliteMetadataStore store_{file()};
};

void check_all(const std::vector<Promise>& promises) {
  for (const Promise& promise : promises) {
    DYNAMIC_SECTION(promise.sentence) {
      SqliteUnderTest test;
      promise.check(test);
    }
  }
}

}  // namespace

TEST_CASE("SQLite ingests as a metadata store promises", "[lake][sqlite]") {
  check_all(ingestion_promises());
}

TEST_CASE("SQLite reads as a metadata store promises", "[lake][sqlite]") {
  check_all(reading_promises());
}

TEST_CASE("SQLite keeps partitions as a metadata store promises", "[lake][sqlite]") {
  check_all(partition_promises());
}

TEST_CASE("a metadata database of a newer program is refused by name", "[lake][sqlite]") {
  SqliteUnderTest test;
  {
    SqliteConnection connection(test.file());
    connection.execute("PRAGMA user_version = 99");
  }
  CHECK_THROWS_WITH(test.open_again(), Catch::Contains("metadata.db has format 99"));
}

TEST_CASE("a file that is no database is an error, not a crash", "[lake][sqlite]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "metadata.db") << std::string(10'000, 'x');
  CHECK_THROWS_AS(SqliteMetadataStore(folder.path() / "metadata.db"), Error);
}

TEST_CASE("insert times never go back, whatever the clock does", "[lake][sqlite]") {
  SqliteUnderTest test;
  const auto process = ProcessId::random();
  const auto stream = StreamId::random();
  test.store().ingest(batch_of({}, {}, {some_block(process, stream)}));
  const Timestamp ahead{Timestamp::now().ns + std::int64_t{3600} * 1'000'000'000};
  {
    SqliteConnection connection(test.file());  // As if the clock had been an hour ahead.
    connection.run("UPDATE blocks SET insert_time = ?", ahead);
  }
  test.store().ingest(batch_of({}, {}, {some_block(process, stream), some_block(process, stream)}));
  const auto rows = test.store().blocks_of_process(process, 0);
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].insert_time.ns == ahead.ns + 1);
  CHECK(rows[2].insert_time.ns == ahead.ns + 2);
}

}  // namespace micromegas::lake
