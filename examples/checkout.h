#pragma once

#include <micromegas/micromegas.h>

// A small program that the examples of tests look at.

namespace shop {

inline int pay(int cents) {
  micromegas::AsyncSpan span(MM_SITE("pay"));
  span.end(cents > 0 ? micromegas::Outcome::kOk : micromegas::Outcome::kError);
  return cents;
}

inline micromegas::Task<int> checkout(int cents) {
  MM_CO_SPAN("checkout");
  {
    MM_SPAN("price");
  }
  co_return pay(cents);
}

}  // namespace shop
