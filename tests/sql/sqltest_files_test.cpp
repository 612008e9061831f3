#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "sqltest.h"

namespace micromegas::query {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sqltest_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(MICROMEGAS_GOLDEN_DIR) / "../sql")) {
    if (entry.path().extension() == ".sqltest") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

TEST_CASE("every *.sqltest file gives the rows that it shows", "[sqltest]") {
  const auto files = sqltest_files();
  REQUIRE(files.size() >= 12);
  for (const auto& file : files) {
    DYNAMIC_SECTION(file.filename().string()) {
      const SqlTest test = parse_sqltest(content_of(file));
      CHECK_FALSE(test.title.empty());
      for (const auto& outcome : run_sqltest(test)) {
        INFO(file.filename().string() << ":" << outcome.query.line << "\n" << outcome.query.sql);
        if (outcome.query.expects_error) {
          const auto expected = outcome.query.expected.substr(0, outcome.query.expected.find('\n'));
          CHECK(outcome.actual.substr(0, expected.size()) == expected);
        } else {
          CHECK(outcome.actual == outcome.query.expected);
        }
      }
    }
  }
}

TEST_CASE("a sqltest file that nobody can read says why", "[sqltest]") {
  CHECK_THROWS_WITH(parse_sqltest("# title\nSELECT 1\n"), "line 2 belongs to no section");
  CHECK_THROWS_WITH(run_sqltest(parse_sqltest("record\nthread a\n10 begin x on a\n")),
                    "'10 begin x on a': not a time: 10");
}

}  // namespace
}  // namespace micromegas::query
