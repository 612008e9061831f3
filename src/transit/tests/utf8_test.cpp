#include "transit/utf8.h"

#include <catch2/catch.hpp>

namespace micromegas::transit {
namespace {

std::string lossy(std::string_view text) {
  std::string out;
  append_lossy_utf8(text, out);
  return out;
}

std::string from_utf16(std::string_view bytes) {
  std::string out;
  append_utf16le(bytes, out);
  return out;
}

#define FFFD "\xef\xbf\xbd"

TEST_CASE("well-formed UTF-8 is told from what only looks like it", "[utf8]") {
  for (const char* text :
       {"", "plain", "h\xc3\xa9llo", "\xe6\xbc\xa2\xe5\xad\x97", "\xf0\x9f\x8e\x89", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    INFO(text);
    CHECK(is_valid_utf8(text));
  }
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe6\xbc", "\xf0\x9f\x8e"}) {
    CHECK_FALSE(is_valid_utf8(text));
  }
  CHECK(is_valid_utf8(std::string_view("a\0b", 3)));
  CHECK(valid_utf8_prefix("0123456789abcdef\xff") == 16);
}

TEST_CASE("each maximal ill-formed sequence becomes one replacement character", "[utf8]") {
  // The example of the Unicode standard, section 3.9, table 3-8 and those that follow it.
  CHECK(lossy("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD
        "A");
  CHECK(lossy("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD
        "A");
  CHECK(lossy("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") == FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD
                                                                                  "B");
  CHECK(lossy("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == FFFD FFFD FFFD FFFD "A");
  CHECK(lossy("caf\xe9") == "caf" FFFD);
  CHECK(lossy("").empty());
}

TEST_CASE("UTF-16 becomes UTF-8, lone surrogates replacement characters", "[utf8]") {
  CHECK(from_utf16({"A\0\xe9\0\x22\x6f\x3c\xd8\x89\xdf", 10}) ==
        "A\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x8e\x89");
  CHECK(from_utf16({"\x3c\xd8", 2}) == FFFD);
  CHECK(from_utf16({"\x3c\xd8"
                    "A\0",
                    4}) == FFFD "A");
  CHECK(from_utf16({"\x89\xdf\x3c\xd8\x3c\xd8\x89\xdf", 8}) == FFFD FFFD "\xf0\x9f\x8e\x89");
  CHECK(from_utf16({"\0\0", 2}) == std::string_view("\0", 1));
}

}  // namespace
}  // namespace micromegas::transit
