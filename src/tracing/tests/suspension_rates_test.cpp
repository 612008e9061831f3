#include "tracing/suspension_rates.h"

#include <array>

#include <catch2/catch.hpp>

namespace micromegas::tracing {
namespace {

TEST_CASE("each rate takes its share, and lower ones some of what higher ones take",
          "[suspension]") {
  SuspensionRates rates;
  const auto tenth = rates.index_of(0.1);
  const auto all = rates.index_of(1);
  const auto half = rates.index_of(0.5);
  CHECK(rates.index_of(0.1) == tenth);
  CHECK(rates.index_of(7) == all);
  CHECK(rates.index_of(0) == 0);
  CHECK(rates.index_of(-1) == 0);

  constexpr int kDraws = 20'000;
  int tenths = 0;
  int halves = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto draw = rates.draw();
    REQUIRE(draw >= 1);
    REQUIRE(draw <= SuspensionRates::kMaxRates + 1);
    CHECK(rates.takes(draw, all));
    CHECK_FALSE(rates.takes(draw, 0));
    if (rates.takes(draw, tenth)) CHECK(rates.takes(draw, half));
    tenths += rates.takes(draw, tenth);
    halves += rates.takes(draw, half);
  }
  CHECK(tenths > kDraws * 0.1 - 300);
  CHECK(tenths < kDraws * 0.1 + 300);
  CHECK(halves > kDraws * 0.5 - 500);
  CHECK(halves < kDraws * 0.5 + 500);
  CHECK_FALSE(rates.takes(0, all));  // Not drawn yet.
}

TEST_CASE("a rate beyond the bound counts as the nearest one", "[suspension]") {
  SuspensionRates rates;
  std::array<SuspensionRates::Index, SuspensionRates::kMaxRates> known{};
  for (std::size_t i = 0; i < known.size(); ++i) {
    known[i] = rates.index_of(static_cast<double>(i + 1) / 20);
  }
  CHECK(rates.index_of(0.26) == known[4]);
  CHECK(rates.index_of(0.99) == known[13]);
  CHECK(rates.index_of(0.0001) == known[0]);
}

}  // namespace
}  // namespace micromegas::tracing
