#pragma once

#include <micromegas/target.h>

#include "tracing/target_switches.h"

namespace micromegas::tracing {

/// Asks for suspensions as long as it lives.
struct Suspensions {
  explicit Suspensions(const char* text) { set_suspensions(text); }
  ~Suspensions() { TargetSwitches::instance().forget_rules(); }
  Suspensions(const Suspensions&) = delete;
  Suspensions& operator=(const Suspensions&) = delete;
};

}  // namespace micromegas::tracing
