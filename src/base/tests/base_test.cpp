#include <cstdint>
#include <set>

#include <catch2/catch.hpp>

#include "base/ids.h"
#include "base/time.h"

namespace micromegas {

TEST_CASE("an id is written lower case with hyphens whatever form it was read from", "[ids]") {
  const std::string canonical = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";
  for (const char* form :
       {"0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0", "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0",
        "0f1e2d3c4b5a49788796a5b4c3d2e1f0", "{0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0}",
        "urn:uuid:0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"}) {
    INFO(form);
    REQUIRE(ProcessId::parse(form));
    CHECK(ProcessId::parse(form)->to_string() == canonical);
  }
}

TEST_CASE("text that is not an id is refused", "[ids]") {
  for (const char* form :
       {"", "global", "not-a-uuid", "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f",
        "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f00", "0f1e2d3cx4b5a-4978-8796-a5b4c3d2e1f0",
        "0g1e2d3c4b5a49788796a5b4c3d2e1f0", "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f-0"}) {
    INFO(form);
    CHECK_FALSE(ProcessId::parse(form));
  }
}

TEST_CASE("random ids are version 4 and differ", "[ids]") {
  const auto a = BlockId::random();
  CHECK(a.to_string()[14] == '4');
  CHECK(a != BlockId::random());
}

TEST_CASE("derived ids are version 8, the same each time, and differ", "[ids]") {
  const auto origin = Uuid::random();
  const auto a = Uuid::derived(origin, 1);
  CHECK(a == Uuid::derived(origin, 1));
  CHECK(a.to_string()[14] == '8');
  std::set<Uuid> ids;
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    ids.insert(Uuid::derived(origin, number));
    ids.insert(Uuid::derived(a, number));
  }
  CHECK(ids.size() == 20'000);
}

TEST_CASE("RFC 3339 is read to the nanosecond with any offset", "[time]") {
  CHECK(parse_rfc3339("2026-11-22T06:02:21.939069005Z")->ns == 1795327341939069005);
  CHECK(parse_rfc3339("2026-11-22T08:02:21.939069005+02:00")->ns == 1795327341939069005);
  CHECK(parse_rfc3339("2026-11-22 06:02:21.939069005-00:00")->ns == 1795327341939069005);
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z")->ns == 0);
  CHECK(parse_rfc3339("1969-12-31T23:59:59.999999999Z")->ns == -1);
  CHECK(parse_rfc3339("2026-11-22T06:02:21.9390690059999Z")->ns == 1795327341939069005);
}

TEST_CASE("times without offset, date or sense are refused", "[time]") {
  for (const char* text : {"", "2021-03-04 05:06:07", "2021-03-04", "2021-13-04T05:06:07Z",
                           "2021-02-30T05:06:07Z", "2021-03-04T24:06:07Z", "2021-03-04T05:06:07.Z",
                           "2021-03-04T05:06:07Zx", "9999-03-04T05:06:07Z"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("a time survives being written and read", "[time]") {
  for (const std::int64_t ns : {0LL, 1LL, -1LL, 1795327341939069005LL, -1795327341939069005LL}) {
    CHECK(parse_rfc3339(to_rfc3339({ns}))->ns == ns);
  }
  CHECK(Timestamp{-1}.floor_to_microsecond().ns == -1000);
  CHECK(Timestamp{1999}.floor_to_microsecond().ns == 1000);
  CHECK(Timestamp{INT64_MIN}.floor_to_microsecond().ns == INT64_MIN);
}

}  // namespace micromegas
