#include "auth/api_keys.h"

#include <string>

#include <catch2/catch.hpp>

#include "base/error.h"

namespace micromegas::auth {
namespace {

const char* const kTwoKeys = R"([{"name": "ci", "key": "alpha"}, {"name": "ada", "key": "beta7"}])";

/// The caller's name; "!" when the door stays shut.
std::string caller(const ApiKeys& keys, const std::string& authorization) {
  try {
    return keys.check(authorization);
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::kUnauthenticated);
    return "!";
  }
}

}  // namespace

TEST_CASE("a key of ours opens the door and names its owner", "[auth]") {
  const ApiKeys keys = ApiKeys::parse(kTwoKeys);
  CHECK(caller(keys, "Bearer alpha") == "ci");
  CHECK(caller(keys, "bearer beta7") == "ada");
}

TEST_CASE("nothing else opens it", "[auth]") {
  const ApiKeys keys = ApiKeys::parse(kTwoKeys);
  for (const char* text :
       {"", "Bearer", "Bearer ", "Bearer alph", "Bearer alphaa", "Bearer alphaalpha",
        "Bearer Alpha", "Bearer  alpha", "Bearer alpha ", "Basic alpha", "alpha", "Bearer beta"}) {
    INFO(text);
    CHECK(caller(keys, text) == "!");
  }
  CHECK(caller(keys, std::string("Bearer alpha\0", 13)) == "!");
}

TEST_CASE("no setting means no keys", "[auth]") {
  CHECK(ApiKeys::parse("").empty());
  CHECK_FALSE(ApiKeys::parse(kTwoKeys).empty());
}

TEST_CASE("a setting that is not a list of keys is refused without showing it", "[auth]") {
  for (const char* json :
       {"secret", "{}", "[]", "[\"secret\"]", R"([{"name": "secret"}])", R"([{"key": "secret"}])",
        R"([{"name": "a", "key": ""}])", R"([{"name": "", "key": "secret"}])",
        R"([{"name": "a", "key": 5}])", R"([{"name": "a", "key": "secret"})"}) {
    INFO(json);
    try {
      ApiKeys::parse(json);
      FAIL("accepted");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::kInvalidArgument);
      CHECK_THAT(e.what(), Catch::StartsWith("MICROMEGAS_API_KEYS: "));
      CHECK_THAT(e.what(), !Catch::Contains("secret"));
    }
  }
}

}  // namespace micromegas::auth
