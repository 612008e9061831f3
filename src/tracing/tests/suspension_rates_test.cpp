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

  const auto takes = [&rates](SuspensionRates::Draw draw, SuspensionRates::Index rate) {
    return draw >= rates.least_draw(rate);
  };
  constexpr int kDraws = 20'000;
  int tenths = 0;
  int halves = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto draw = rates.draw();
    REQUIRE(draw >= 1);
    REQUIRE(draw <= SuspensionRates::kMaxRates + 1);
    CHECK(takes(draw, all));
    CHECK_FALSE(takes(draw, 0));
    if (takes(draw, tenth)) CHECK(takes(draw, half));
    tenths += takes(draw, tenth);
    halves += takes(draw, half);
  }
  CHECK(tenths > kDraws * 0.1 - 300);
  CHECK(tenths < kDraws * 0.1 + 300);
  CHECK(halves > kDraws * 0.5 - 500);
  CHECK(halves < kDraws * 0.5 + 500);
  CHECK_FALSE(takes(0, all));  // Not drawn yet.
}

TEST_CASE("nothing is left to chance where all roots are taken, or none", "[suspension]") {
  SuspensionRates rates;
  CHECK(rates.certain_draw() == rates.draw());
  const auto all = rates.index_of(1);
  CHECK(rates.certain_draw() == rates.draw());
  CHECK(rates.certain_draw() >= rates.least_draw(all));
  rates.index_of(0.5);
  CHECK(rates.certain_draw() == 0);
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
