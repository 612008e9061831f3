#include "cart.h"

#include <iostream>

#include <micromegas/testing.h>

// A test of the library's own, without any framework: it prints what was recorded.
int main() {
  micromegas::testing::Recording recording;
  shop::price(6);
  std::cout << recording.take().tree();
}
