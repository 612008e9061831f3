#include <fstream>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "lake/lake.h"
#include "lake/sqlite_schema.h"
#include "lake/tests/sample_rows.h"
#include "lake/tests/temporary_folder.h"

namespace micromegas::lake {
namespace {

std::string first_line(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// The names of what lies in a folder, sorted.
std::string entries_of(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename());
  }
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

}  // namespace

TEST_CASE("a lake is made where there is none, and found there again", "[lake]") {
  const TemporaryFolder folder;
  const LakeOptions options{.folder = folder.path() / "deep" / "lake"};
  const auto process = some_process();
  Lake::open(options)->metadata().ingest(batch_of({process}, {}, {}));
  CHECK(first_line(options.folder / "format") == "micromegas-lake 1");

  const auto again = Lake::open({.folder = options.folder, .must_exist = true});
  CHECK(again->metadata().find_process(process.process_id));
  CHECK(again->partitions_folder() == options.folder / "views");
  CHECK(std::filesystem::is_directory(again->partitions_folder()));
}

TEST_CASE("a lake that must exist is not made", "[lake]") {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "missing";
  CHECK_THROWS_WITH(Lake::open({.folder = missing, .must_exist = true}),
                    "there is no lake at " + missing.string());
  CHECK_FALSE(std::filesystem::exists(missing));
  CHECK_THROWS_WITH(Lake::open({.folder = folder.path(), .must_exist = true}),
                    "there is no lake at " + folder.path().string());
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a folder with other things in it is refused and left alone", "[lake]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "thesis.tex") << "precious";
  CHECK_THROWS_WITH(Lake::open({.folder = folder.path()}),
                    Catch::Contains("neither a lake nor empty"));
  CHECK(first_line(folder.path() / "thesis.tex") == "precious");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "metadata.db"));
}

TEST_CASE("a file in the place of the lake is refused", "[lake]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  CHECK_THROWS_WITH(Lake::open({.folder = folder.path() / "file"}),
                    Catch::Contains("is not a folder"));
}

TEST_CASE("the root of a freshly made file system is empty enough", "[lake]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "lost+found");
  CHECK_NOTHROW(Lake::open({.folder = folder.path()}));
}

TEST_CASE("a lake of a newer program is refused clearly", "[lake]") {
  const TemporaryFolder folder;
  Lake::open({.folder = folder.path()});
  std::ofstream(folder.path() / "format") << "micromegas-lake 2\n";
  CHECK_THROWS_WITH(Lake::open({.folder = folder.path()}),
                    "the lake at " + folder.path().string() +
                        " has format 2; this program reads up to 1: use a newer program");
  for (const char* text : {"something else\n", "micromegas-lake 0\n", ""}) {
    std::ofstream(folder.path() / "format") << text;
    CHECK_THROWS_WITH(Lake::open({.folder = folder.path()}), Catch::Contains("is not a lake"));
  }
}

TEST_CASE("newer programs open older lakes, older ones refuse newer lakes", "[lake]") {
  CHECK_NOTHROW(check_database_version(1, 3, "a.db"));
  CHECK_NOTHROW(check_database_version(2, 3, "a.db"));
  CHECK_NOTHROW(check_database_version(3, 3, "a.db"));
  CHECK_THROWS_WITH(check_database_version(4, 3, "a.db"),
                    "a.db has format 4; this program reads up to 3: use a newer program");

  const TemporaryFolder folder;
  Lake::open({.folder = folder.path()});
  const auto file = folder.path() / "metadata.db";
  SqliteConnection(file).execute("PRAGMA user_version = 2");
  CHECK_THROWS_WITH(
      Lake::open({.folder = folder.path()}),
      file.string() + " has format 2; this program reads up to 1: use a newer program");
  SqliteConnection(file).execute("PRAGMA user_version = 0");
  CHECK_THROWS_WITH(Lake::open({.folder = folder.path()}),
                    file.string() + " is not the database of a lake");
  SqliteConnection(file).execute("PRAGMA user_version = 1");
  CHECK_NOTHROW(Lake::open({.folder = folder.path()}));
}

TEST_CASE("a lake that lost its database is not started anew", "[lake]") {
  const TemporaryFolder folder;
  const std::string content = "payload";
  Lake::open({.folder = folder.path()})
      ->blobs()
      .write({{ProcessId::random(), StreamId::random(), BlockId::random(), as_bytes(content)}});
  std::filesystem::remove(folder.path() / "metadata.db");
  CHECK_THROWS_WITH(Lake::open({.folder = folder.path()}), Catch::Contains("no metadata.db"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "metadata.db"));
}

TEST_CASE("several open a new lake at the same moment", "[lake]") {
  const TemporaryFolder folder;
  for (int round = 0; round < 5; ++round) {
    const auto path = folder.path() / std::to_string(round);
    std::vector<std::string> failures(4);
    std::vector<std::thread> openers;
    openers.reserve(failures.size());
    for (std::string& failure : failures) {
      openers.emplace_back([&] {
        try {
          Lake::open({.folder = path})->metadata().ingest(batch_of({some_process()}, {}, {}));
        } catch (const std::exception& e) {
          failure = e.what();
        }
      });
    }
    for (auto& opener : openers) opener.join();
    CHECK(failures == std::vector<std::string>(4));
    CHECK(entries_of(path) == "blobs format metadata.db views");
  }
}

TEST_CASE("whether a lake can be written to is found out without a trace", "[lake]") {
  const TemporaryFolder folder;
  const auto lake = Lake::open({.folder = folder.path()});
  CHECK_NOTHROW(lake->check_writable());
  CHECK(entries_of(folder.path() / "blobs").empty());
  std::filesystem::remove(folder.path() / "blobs");
  CHECK_THROWS_WITH(lake->check_writable(), Catch::Contains("cannot open"));
}

}  // namespace micromegas::lake
