#include "query/jsonb.h"

#include <catch2/catch.hpp>

#include "base/error.h"

namespace micromegas::query {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

TEST_CASE("a property set is the JSONB object that clients compare byte by byte", "[jsonb]") {
  CHECK(jsonb_of({{"name", "value"}}) ==
        bytes({0x40, 0, 0, 1, 0x10, 0, 0, 4, 0x10, 0, 0, 5}) + "namevalue");
  CHECK(jsonb_of({}) == bytes({0x40, 0, 0, 0}));
}

TEST_CASE("keys are sorted and the last of equal keys wins", "[jsonb]") {
  CHECK(jsonb_to_json(jsonb_of({{"b", "1"}, {"a", "2"}, {"b", "3"}})) == R"({"a":"2","b":"3"})");
}

TEST_CASE("a property is found whatever the case of its key", "[jsonb]") {
  const auto properties = jsonb_of({{"Thread-Name", "main"}, {"x", ""}});
  CHECK(jsonb_property(properties, "thread-name") == "main");
  CHECK(jsonb_property(properties, "X") == "");
  CHECK_FALSE(jsonb_property(properties, "thread"));
  CHECK(jsonb_length(properties) == 2);
}

TEST_CASE("JSON text is escaped", "[jsonb]") {
  CHECK(jsonb_to_json(jsonb_of({{"a\"b", "c\\\n\x01"}})) == R"({"a\"b":"c\\\n\u0001"})");
}

TEST_CASE("values of every kind become JSON", "[jsonb]") {
  // [null, true, false, -2, 300, 0.5, {}]
  const auto array =
      bytes({0x80, 0, 0,  7,    0x00, 0,    0, 0,    0x40, 0, 0, 0,    0x30, 0, 0, 0,    0x20,
             0,    0, 2,  0x20, 0,    0,    3, 0x20, 0,    0, 9, 0x50, 0,    0, 4, 0x40, 0xfe,
             0x50, 1, 44, 0x60, 0x3f, 0xe0, 0, 0,    0,    0, 0, 0,    0x40, 0, 0, 0});
  CHECK(jsonb_to_json(array) == "[null,true,false,-2,300,0.5,{}]");
  CHECK_FALSE(jsonb_property(array, "a"));
  CHECK_FALSE(jsonb_length(array));
}

TEST_CASE("bytes that are no JSONB are refused wherever they end", "[jsonb]") {
  const auto whole = jsonb_of({{"name", "value"}, {"other", "text"}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_THROWS_AS(jsonb_to_json(whole.substr(0, length)), Error);
  }
  CHECK_THROWS_AS(jsonb_to_json(bytes({0x7f, 0xff, 0xff, 0xff})), Error);
  CHECK_THROWS_AS(jsonb_to_json(bytes({0x5f, 0xff, 0xff, 0xff, 1, 2, 3, 4})), Error);
}

TEST_CASE("a value nested without end is refused", "[jsonb]") {
  std::string value = bytes({0x80, 0, 0, 0});
  for (int depth = 0; depth < 100; ++depth) {
    value.insert(0, bytes({0x80, 0, 0, 1, 0x50, 0, static_cast<int>(value.size() >> 8),
                           static_cast<int>(value.size() & 0xff)}));
  }
  CHECK_THROWS_AS(jsonb_to_json(value), Error);
}

}  // namespace
}  // namespace micromegas::query
