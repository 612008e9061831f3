#include <cstdio>
#include <thread>

#include <dlfcn.h>

#include <micromegas/micromegas.h>

#include "cart.h"

using micromegas::ContextScope;

namespace {

/// What the plugin at `path` makes of a price.
int redeem(const char* path, int price) {
  void* plugin = dlopen(path, RTLD_NOW);
  if (plugin == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return -1;
  }
  auto* function = reinterpret_cast<int (*)(int)>(dlsym(plugin, "redeem"));
  const int redeemed = function != nullptr ? function(price) : -1;
  dlclose(plugin);
  return redeemed;
}

}  // namespace

// shop [PLUGIN]: asks the library for a price, on another thread, inside a span.
int main(int argc, char** argv) {
  micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
  {
    const micromegas::AsyncSpan order(MM_SITE("order"));
    const ContextScope inside(order.context());
    std::thread(micromegas::bind_context([] {
      const micromegas::AsyncSpan pay(MM_SITE("pay"));
      std::printf("%d\n", shop::price(6));
    })).join();
    if (argc > 1) std::printf("%d\n", redeem(argv[1], shop::price(6)));
  }
  const micromegas::TelemetryStatistics statistics = telemetry.stop();
  return statistics.dropped_events + statistics.dropped_requests == 0 ? 0 : 1;
}
