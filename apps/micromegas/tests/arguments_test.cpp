#include <catch2/catch.hpp>

#include "apps/micromegas/command.h"
#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/render/text_width.h"
#include "apps/micromegas/target/flight_target.h"
#include "apps/micromegas/target/process_selector.h"
#include "apps/micromegas/time_argument.h"

namespace micromegas::cli {
namespace {

constexpr Timestamp kNow{1'795'327'341'939'069'005};
constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t seconds_ago(const char* text) {
  return (kNow.ns - parse_time_argument(text, kNow).ns) / kSecond;
}

}  // namespace

TEST_CASE("times are ages, now, or RFC 3339", "[arguments]") {
  CHECK(parse_time_argument("now", kNow) == kNow);
  CHECK(seconds_ago("90s") == 90);
  CHECK(seconds_ago("30m") == 1800);
  CHECK(seconds_ago("1h30m") == 5400);
  CHECK(seconds_ago("2d") == 172'800);
  CHECK(seconds_ago("1w") == 604'800);
  CHECK(parse_time_argument("250ms", kNow).ns == kNow.ns - 250'000'000);
  CHECK(parse_time_argument("1970-01-01T00:00:01Z", kNow).ns == kSecond);
}

TEST_CASE("texts that are no time are refused by name", "[arguments]") {
  for (const char* text : {"", "yesterday", "1", "h", "1h30", "1 h", "-1h", "1y", "2026-11-22",
                           "99999999999w", "1h-5m"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_time_argument(text, kNow),
                      Catch::Contains("'" + std::string(text) + "' is not a time"));
  }
}

TEST_CASE("a range has both ends once it has one", "[arguments]") {
  CHECK_FALSE(parse_time_range("", "", kNow));
  CHECK(parse_time_range("1s", "", kNow) == TimeRange{{kNow.ns - kSecond}, kNow});
  CHECK(parse_time_range("", "1s", kNow) == TimeRange{{0}, {kNow.ns - kSecond}});
  CHECK_THROWS_AS(parse_time_range("now", "1h", kNow), UsageError);
}

TEST_CASE("an address may be typed as web addresses are", "[arguments]") {
  CHECK(grpc_uri("http://a:1") == "grpc://a:1");
  CHECK(grpc_uri("https://a:1") == "grpc+tls://a:1");
  CHECK(grpc_uri("grpc://a:1") == "grpc://a:1");
  CHECK(grpc_uri("a:1") == "grpc://a:1");
}

TEST_CASE("a process is chosen by latest, id or name", "[process]") {
  const std::string head = "SELECT process_id, exe, start_time FROM processes";
  const std::string tail = " ORDER BY start_time DESC LIMIT 1";
  CHECK(process_selector_sql("latest") == head + tail);
  CHECK(process_selector_sql("0F1E2D3C4B5A49788796A5B4C3D2E1F0") ==
        head + " WHERE process_id = '0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0'" + tail);
  CHECK(process_selector_sql("gen*tor") == head + " WHERE exe ILIKE '%gen%tor%'" + tail);
  CHECK(process_selector_sql("o'neil") == head + " WHERE exe ILIKE '%o''neil%'" + tail);
}

TEST_CASE("the process id is put in at each of its places", "[process]") {
  const auto id = *ProcessId::parse("0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0");
  const auto text = id.to_string();
  CHECK(substitute_process_id("a '$process_id' b '{process}' c '{process}'", id) ==
        "a '" + text + "' b '" + text + "' c '" + text + "'");
  CHECK_THROWS_WITH(substitute_process_id("SELECT ''", id), Catch::Contains("{process}"));
}

TEST_CASE("durations keep three digits", "[text]") {
  CHECK(duration_text(0) == "0 ns");
  CHECK(duration_text(999) == "999 ns");
  CHECK(duration_text(1'000) == "1.00 us");
  CHECK(duration_text(41'700'000) == "41.7 ms");
  CHECK(duration_text(999'499'999) == "999 ms");
  CHECK(duration_text(999'500'000) == "1.00 s");
  CHECK(duration_text(2'040'000'000) == "2.04 s");
  CHECK(duration_text(200 * kSecond) == "3 min 20 s");
  CHECK(duration_text(7'500 * kSecond) == "2 h 5 min");
  CHECK(duration_text(-41'700'000) == "-41.7 ms");
}

TEST_CASE("ages and counts read easily", "[text]") {
  CHECK(age_text(kNow, kNow) == "just now");
  CHECK(age_text({kNow.ns - 90 * kSecond}, kNow) == "90 s ago");
  CHECK(age_text({kNow.ns - 3'600 * kSecond}, kNow) == "60 min ago");
  CHECK(age_text({kNow.ns - 86'400 * kSecond}, kNow) == "24 h ago");
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1'204'311) == "1,204,311");
  CHECK(program_name("/usr/bin/demo-service") == "demo-service");
  CHECK(program_name("C:\\bin\\game.exe") == "game.exe");
}

TEST_CASE("text is measured and cut in cells, not bytes", "[text]") {
  CHECK(text_width("né") == 2);
  CHECK(text_width("日本") == 4);
  CHECK(text_width("e\u0301") == 1);
  CHECK(text_width("\xff\xfe") == 2);
  CHECK(truncate_to_width("日本語", 5) == "日本…");
  CHECK(truncate_to_width("日本語", 4) == "日…");
  CHECK(truncate_to_width("abc", 3) == "abc");
  CHECK(truncate_to_width("abc", 0).empty());
  CHECK(printable("a\x7f\xc2\x9b"
                  "b\xff") == "a\\x7f\\x9bb\\xff");
}

}  // namespace micromegas::cli
