#include <catch2/catch.hpp>

#include <micromegas/testing.h>

#include "checkout.h"

using micromegas::testing::Recording;

TEST_CASE("checking out pays") {
  Recording recording;
  micromegas::Task<int> checkout = shop::checkout(100);
  checkout.start();

  const auto recorded = recording.take();
  CHECK(recorded.span("pay").parent == "checkout");
  CHECK(recorded.span("price").kind == "thread");
}

TEST_CASE("checking out an empty cart fails") {
  Recording recording;
  micromegas::Task<int> checkout = shop::checkout(0);
  checkout.start();

  const auto recorded = recording.take();
  INFO(recorded);
  CHECK(recorded.tree() ==
        "checkout\n"
        "  pay error\n"
        "price\n");
}
