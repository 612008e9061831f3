#include <gtest/gtest.h>

#include <micromegas/testing.h>

#include "checkout.h"

using micromegas::testing::Recording;

TEST(Checkout, Pays) {
  Recording recording;
  micromegas::Task<int> checkout = shop::checkout(100);
  checkout.start();

  const auto recorded = recording.take();
  EXPECT_EQ(recorded.span("pay").parent, "checkout");
  EXPECT_EQ(recorded.span("pay").outcome, "ok") << recorded;
}

TEST(Checkout, OfAnEmptyCartFails) {
  Recording recording;
  micromegas::Task<int> checkout = shop::checkout(0);
  checkout.start();

  EXPECT_EQ(recording.take().tree(),
            "checkout\n"
            "  pay error\n"
            "price\n");
}
