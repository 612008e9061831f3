#include "tracing/site_table.h"

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace micromegas::tracing {
namespace {

TEST_CASE("a site is numbered once and its texts are copied", "[site_table]") {
  const auto table = std::make_unique<SiteTable>();
  std::string name = "volatile";
  SpanSite site(name, "target", "file.cpp", 12);
  const std::int32_t number = table->number(site);
  CHECK(number > 0);
  CHECK(table->number(site) == number);
  CHECK(site.number() == number);
  name = "changed!";  // As a library's texts would that is unloaded.
  const Site* found = table->find(number);
  REQUIRE(found != nullptr);
  CHECK(found->call_site.name == "volatile");
  CHECK(found->call_site.target == "target");
  CHECK(found->call_site.file == "file.cpp");
  CHECK(found->call_site.line == 12);
  CHECK(found->location == 0);
}

TEST_CASE("sites with the same texts are different sites", "[site_table]") {
  const auto table = std::make_unique<SiteTable>();
  SpanSite one("name", "target", "file.cpp", 1);
  SpanSite two("name", "target", "file.cpp", 1);
  CHECK(table->number(one) != table->number(two));
}

TEST_CASE("a name given at run time has a number per location", "[site_table]") {
  const auto table = std::make_unique<SiteTable>();
  SpanSite here("", "target", "here.cpp", 1);
  SpanSite there("", "target", "there.cpp", 2);
  const std::int32_t red = table->number(here, "red");
  CHECK(table->number(here, std::string("re") + "d") == red);
  CHECK(table->number(here, "green") != red);
  CHECK(table->number(there, "red") != red);
  CHECK(table->find(red)->run_time_name == "red");
  CHECK(table->find(red)->call_site.file == "here.cpp");
  CHECK(table->find(red)->location == table->number(here));
}

TEST_CASE("a site that is switched off stays without a number", "[site_table]") {
  const auto table = std::make_unique<SiteTable>();
  SpanSite site("name", "target", "file.cpp", 1);
  site.set_number(-1);
  CHECK(table->number(site) == -1);
  CHECK(table->number(site, "name") == -1);
}

TEST_CASE("names beyond the bound share one, and are counted", "[site_table]") {
  const auto table = std::make_unique<SiteTable>();
  SpanSite site("", "target", "file.cpp", 1);
  constexpr int kTooMany = 10'000;
  for (int i = 0; i < SiteTable::kMaxNames; ++i) {
    REQUIRE(table->number(site, "name " + std::to_string(i)) > 0);
  }
  CHECK(table->names_refused() == 0);
  std::set<std::int32_t> numbers;
  for (int i = 0; i < kTooMany; ++i) {
    numbers.insert(table->number(site, "further " + std::to_string(i)));
  }
  CHECK(table->names_refused() == kTooMany);
  REQUIRE(numbers.size() == 1);
  CHECK(table->find(*numbers.begin())->run_time_name == SiteTable::kOtherNames);
  // Those that were there before are still known.
  CHECK(table->find(table->number(site, "name 7"))->run_time_name == "name 7");
}

TEST_CASE("a very long name is cut between two characters", "[site_table]") {
  const auto table = std::make_unique<SiteTable>();
  SpanSite site("", "target", "file.cpp", 1);
  std::string name(SiteTable::kMaxNameBytes - 1, 'x');
  name += "\xc3\xa9";  // Two bytes, of which one has room.
  const Site* found = table->find(table->number(site, name));
  CHECK(found->run_time_name == std::string(SiteTable::kMaxNameBytes - 1, 'x'));
}

TEST_CASE("threads that meet a name together agree on its number", "[site_table]") {
  const auto table = std::make_unique<SiteTable>();
  SpanSite site("", "target", "file.cpp", 1);
  constexpr int kThreads = 4;
  constexpr int kNames = 2000;
  std::vector<std::vector<std::int32_t>> numbers(kThreads, std::vector<std::int32_t>(kNames));
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (auto& mine : numbers) {
    threads.emplace_back([&] {
      for (int i = 0; i < kNames; ++i) {
        mine[static_cast<std::size_t>(i)] = table->number(site, "name " + std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : numbers) CHECK(mine == numbers[0]);
}

}  // namespace
}  // namespace micromegas::tracing
