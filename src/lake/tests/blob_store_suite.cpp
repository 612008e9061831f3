#include "lake/tests/blob_store_suite.h"

#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "base/error.h"

namespace micromegas::lake {
namespace {

BlobWrite some_blob(const std::string& content) {
  return {ProcessId::random(), StreamId::random(), BlockId::random(), as_bytes(content)};
}

std::string read_text(const BlobStore& store, const BlobLocation& location) {
  return std::string(as_text(store.read(location)));
}

}  // namespace

void check_blob_store(const std::function<std::unique_ptr<BlobStore>()>& open) {
  const std::string small = "payload";
  const std::string large(3 << 20, 'x');
  const std::string empty;

  SECTION("what was written is read, in order, whatever its size") {
    const auto store = open();
    const auto locations = store->write({some_blob(small), some_blob(empty), some_blob(large)});
    REQUIRE(locations.size() == 3);
    CHECK(read_text(*store, locations[0]) == small);
    CHECK(read_text(*store, locations[1]).empty());
    CHECK(read_text(*store, locations[2]) == large);
    CHECK(store->write({}).empty());
  }
  SECTION("it is there for a store that is opened later, and for one that is open already") {
    const auto reader = open();
    const auto location = open()->write({some_blob(small)})[0];
    CHECK(read_text(*reader, location) == small);
    CHECK(read_text(*open(), location) == small);
  }
  SECTION("two stores write at a time") {
    const auto a = open();
    const auto b = open();
    const auto first = a->write({some_blob("one")})[0];
    const auto second = b->write({some_blob("two")})[0];
    const auto third = a->write({some_blob("three")})[0];
    CHECK(read_text(*b, first) == "one");
    CHECK(read_text(*a, second) == "two");
    CHECK(read_text(*b, third) == "three");
  }
  SECTION("the same block may be written twice") {
    const auto store = open();
    const auto blob = some_blob(small);
    const auto locations = store->write({blob, blob});
    CHECK(read_text(*store, locations[0]) == small);
    CHECK(read_text(*store, locations[1]) == small);
  }
  SECTION("many threads write and read") {
    const auto store = open();
    std::vector<int> good(4, 0);
    std::vector<std::thread> threads;
    threads.reserve(good.size());
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          const std::string text = std::to_string(t) + ':' + std::to_string(i);
          good[t] += read_text(*store, store->write({some_blob(text)})[0]) == text;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(good == std::vector<int>(4, 20));
  }
  SECTION("a location that names nothing is malformed") {
    const auto store = open();
    const auto good = store->write({some_blob(small)})[0];
    for (const std::string& text : {std::string(), std::string("nonsense"), good.text + "0"}) {
      INFO(text);
      try {
        store->read({text});
        FAIL("read something");
      } catch (const Error& e) {
        CHECK(e.kind() == ErrorKind::kMalformed);
      }
    }
  }
}

}  // namespace micromegas::lake
