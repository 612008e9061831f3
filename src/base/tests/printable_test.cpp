#include "base/printable.h"

#include <catch2/catch.hpp>

namespace micromegas {

TEST_CASE("a text from outside is quoted as one bounded line of printable characters",
          "[printable]") {
  CHECK(printable_line("", 10).empty());
  CHECK(printable_line("no key: send 'it'\r\nmore", 40) == "no key: send 'it'");
  CHECK(printable_line("\nbelow", 40).empty());
  CHECK(printable_line("\x1b[31m\tr\xc3\xa9"
                       "d\x7f",
                       40) == "?[31m?r??d?");
  CHECK(printable_line("12345", 5) == "12345");
  CHECK(printable_line("123456", 5) == "12345...");
}

}  // namespace micromegas
