#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <micromegas/properties.h>

#include "tracing/property_table.h"

namespace micromegas::tracing {
namespace {

std::string text_of(PropertySet set) {
  PropertyText text;
  if (!PropertyTable::instance().read(set.id(), text)) return set.empty() ? "" : "gone";
  std::string all;
  for (const Property& property : text.properties()) {
    all +=
        (all.empty() ? "" : " ") + std::string(property.name) + "=" + std::string(property.value);
  }
  return all;
}

TEST_CASE("equal sets are one, whatever the order of their properties", "[properties]") {
  const PropertySet one{{"user", "ann"}, {"tenant", "7"}};
  const PropertySet other{{"tenant", "7"}, {"user", "ann"}};
  CHECK(one.id() == other.id());
  CHECK(one.id() != PropertySet{{"user", "ann"}}.id());
  CHECK(text_of(one) == "user=ann tenant=7");  // By name, downwards.
}

TEST_CASE("a set without properties is no set", "[properties]") {
  CHECK(PropertySet().empty());
  CHECK(PropertySet{}.id() == 0);
  CHECK(PropertySet(std::span<const Property>()).empty());
}

TEST_CASE("of several properties of one name the last one counts", "[properties]") {
  CHECK(text_of({{"a", "1"}, {"b", "2"}, {"a", "3"}}) == "b=2 a=3");
}

TEST_CASE("what an event says itself wins over what was handed down", "[properties]") {
  const PropertySet outer{{"user", "ann"}, {"tenant", "7"}};
  const PropertySet own{{"tenant", "8"}, {"step", "pay"}};
  CHECK(text_of(outer.with(own)) == "user=ann tenant=8 step=pay");
  CHECK(outer.with({}).id() == outer.id());
  CHECK(PropertySet().with(own).id() == own.id());
  CHECK(outer.with(outer).id() == outer.id());
}

TEST_CASE("property texts may be empty, contain zeros, and be no UTF-8", "[properties]") {
  using namespace std::string_view_literals;
  CHECK(text_of({{"", ""}}) == "=");
  CHECK(text_of({{"a\0b"sv, "\0"sv}}) == std::string("a\0b=\0", 5));
  CHECK(text_of({{"caf\xe9", "\xff\xfe"}}) == "caf\xef\xbf\xbd=\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("what has no room in a set is left out and counted", "[properties]") {
  PropertyTable& table = PropertyTable::instance();
  std::uint64_t before = table.refused();
  const std::string huge(PropertySet::kMaxBytes + 1, 'x');
  CHECK(text_of({{"huge", huge}, {"small", "1"}}) == "small=1");
  CHECK(table.refused() == before + 1);

  before = table.refused();
  std::vector<std::string> names;
  names.reserve(100);
  for (int i = 0; i < 100; ++i) names.push_back("name " + std::to_string(i));
  std::vector<Property> many;
  many.reserve(names.size());
  for (const std::string& name : names) many.push_back({name, "v"});
  PropertyText text;
  REQUIRE(table.read(PropertySet(many).id(), text));
  CHECK(text.properties().size() == PropertySet::kMaxProperties);
  CHECK(table.refused() == before + 100 - PropertySet::kMaxProperties);

  // Three bytes for each of these.
  before = table.refused();
  CHECK(PropertySet{{"v", std::string(PropertySet::kMaxBytes - 1, '\xff')}}.empty());
  CHECK(table.refused() == before + 1);
}

TEST_CASE("sets of every size up to the largest come back", "[properties]") {
  for (std::size_t size = 1; size < PropertySet::kMaxBytes; size = size * 3 / 2 + 1) {
    const std::string value(size, 'v');
    CHECK(text_of({{"n", value}}) == "n=" + value);
  }
  const std::string value(PropertySet::kMaxBytes - 1, 'v');
  CHECK(text_of({{"n", value}}) == "n=" + value);
}

/// A table of its own for each test: it is large.
std::unique_ptr<PropertyTable> make_table() { return std::make_unique<PropertyTable>(); }

std::uint32_t intern(PropertyTable& table, std::string_view name, std::string_view value) {
  const Property property{name, value};
  PropertyText text;
  text.assign({&property, 1});
  return table.intern(text);
}

TEST_CASE("when there are more sets than cells, those in use stay and the oldest go",
          "[properties]") {
  const auto table = make_table();
  const std::uint32_t used = intern(*table, "feature", "blue");
  const std::uint32_t first = intern(*table, "request", "first");
  PropertyText text;
  for (std::size_t i = 0; i < 5 * PropertyTable::kSmallCells; ++i) {
    const std::string request = std::to_string(i);
    const std::uint32_t id = intern(*table, "request", request);
    REQUIRE(table->read(id, text));
    REQUIRE(text.properties()[0].value == request);
    if (i % 1000 == 0) REQUIRE(intern(*table, "feature", "blue") == used);
  }
  REQUIRE(table->read(used, text));
  CHECK(text.properties()[0].value == "blue");
  CHECK(table->lost() == 0);
  CHECK_FALSE(table->read(first, text));
  CHECK(text.properties().empty());
  CHECK(table->lost() == 1);
  CHECK(table->refused() == 0);
}

TEST_CASE("a number that the table never gave is as a set that is gone", "[properties]") {
  const auto table = make_table();
  PropertyText text;
  for (const std::uint32_t id : {1U, 0xffffU, 0x1'0000U, 0xffff'ffffU}) {
    CHECK_FALSE(table->read(id, text));
  }
}

TEST_CASE("sets of another process are known by the numbers that they had", "[properties]") {
  const auto table = make_table();
  const Property property{"user", "ann"};
  PropertyText small;
  small.assign({&property, 1});
  const std::string value(1500, 'v');
  const Property long_property{"user", value};
  PropertyText large;
  large.assign({&long_property, 1});
  PropertyText read;

  // The number of a cell: how often it was written, and the cell + 1 of all cells.
  constexpr std::uint32_t kOnce = 0x1'0000;
  CHECK(table->restore(0, 4, kOnce + 5, small));
  CHECK(table->read(kOnce + 5, read));
  CHECK(read.properties()[0].value == "ann");
  // After 65,536 times the count begins anew.
  CHECK(table->restore(0, 5, 6, small));
  CHECK(table->read(6, read));
  constexpr std::uint32_t kFirstLarge = PropertyTable::kSmallCells + PropertyTable::kMediumCells;
  CHECK(table->restore(2, 0, 0xffff'0000 + kFirstLarge + 1, large));
  CHECK(table->read(0xffff'0000 + kFirstLarge + 1, read));
  CHECK(read.properties()[0].value == value);

  CHECK_FALSE(table->restore(0, 4, kOnce + 5, small));  // Is there.
  CHECK_FALSE(table->restore(0, 7, kOnce + 5, small));  // Of another cell,
  CHECK_FALSE(table->restore(0, 7, 0, small));          // of none,
  CHECK_FALSE(table->restore(1, 7, kOnce + 8, small));  // of another size.
  CHECK_FALSE(table->restore(0, 7, kOnce + 8, large));
  CHECK_FALSE(table->restore(2, 512, kOnce + kFirstLarge + 513, large));
  CHECK_FALSE(table->restore(0, 7, kOnce + 8, PropertyText()));
  CHECK_FALSE(table->read(kOnce + 8, read));
}

TEST_CASE("threads that make and read sets at once never see another's", "[properties]") {
  const auto table = make_table();
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      PropertyText text;
      // Large sets: few cells, which the threads take from each other all the time.
      const std::string filling(1000, static_cast<char>('a' + t));
      for (int i = 0; i < 3000; ++i) {
        const std::string value = filling + std::to_string(i);
        const std::uint32_t id = intern(*table, "v", value);
        if (id != 0 && table->read(id, text) && text.properties()[0].value != value) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace micromegas::tracing
