#include "views/tick_converter.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace micromegas::views {
namespace {

nlohmann::json golden_manifest() {
  std::ifstream file(MICROMEGAS_GOLDEN_DIR "/vectors.json");
  return nlohmann::json::parse(file);
}

std::int64_t frequency_of(const nlohmann::json& c) {
  const auto known = c.at("tsc_frequency").get<std::int64_t>();
  if (known > 0) return known;
  const auto end_time = parse_rfc3339(c.at("block_end_time").get<std::string>());
  return estimate_frequency({c.at("process_start_unix_ns").get<std::int64_t>()},
                            {c.at("block_end_ticks").get<std::int64_t>()}, end_time.value());
}

}  // namespace

TEST_CASE("ticks become the times that the original gives them", "[tick_converter]") {
  const auto cases = golden_manifest().at("time_conversion");
  REQUIRE(cases.size() >= 15);
  for (const auto& c : cases) {
    INFO(c.at("case").get<std::string>() << ", frequency " << c.at("tsc_frequency"));
    const std::int64_t frequency = frequency_of(c);
    if (c.value("result", "") == "error") {
      CHECK(frequency <= 0);
      continue;
    }
    CHECK(frequency == c.at("effective_frequency").get<std::int64_t>());

    const TickConverter converter({c.at("process_start_unix_ns").get<std::int64_t>()},
                                  {c.at("start_ticks").get<std::int64_t>()}, frequency);
    for (const auto& pair : c.at("ticks_to_ns")) {
      INFO("ticks " << pair.at(0));
      CHECK(converter.time_of({pair.at(0).get<std::int64_t>()}).ns ==
            pair.at(1).get<std::int64_t>());
    }
    for (const auto& triple : c.at("delta_ticks_to_ms")) {
      const double ms = converter.milliseconds({triple.at(0).get<std::int64_t>()});
      const auto bits = std::strtoull(triple.at(1).get<std::string>().c_str(), nullptr, 16);
      CHECK(std::bit_cast<std::uint64_t>(ms) == bits);
    }
  }
}

TEST_CASE("rounding agrees with the standard library, halves away from zero", "[tick_converter]") {
  for (const double value :
       {0.0, 0.49999999999999994, 0.5, -0.5, 1.5, -1.5, 2.5, 4503599627370495.5,
        -4503599627370495.5, 9007199254740993.0, 9.2e18, -9.2e18}) {
    INFO(value);
    CHECK(TickConverter::round_saturating(value) == std::llround(value));
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const double value = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())),
                                    -static_cast<int>(random() % 64));
    CHECK(TickConverter::round_saturating(value) == std::llround(value));
  }
}

TEST_CASE("times beyond the range of a timestamp stop at its ends", "[tick_converter]") {
  CHECK(TickConverter({1'700'000'000'000'000'000}, {0}, 1).time_of({INT64_MAX}).ns == INT64_MAX);
  CHECK(TickConverter({-1}, {0}, 1).time_of({INT64_MIN}).ns == INT64_MIN);
  CHECK(TickConverter::round_saturating(std::nan("")) == 0);
}

TEST_CASE("a process that seems to last for centuries has an estimate, too", "[ticks]") {
  CHECK(estimate_frequency({INT64_MIN}, {4'000'000'000'000}, {INT64_MAX}) == 434);
  CHECK(estimate_frequency({INT64_MAX}, {4'000'000'000'000}, {INT64_MIN}) == -434);
}

}  // namespace micromegas::views
