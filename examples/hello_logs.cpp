// Logs and metrics, with properties, and a target that is switched while the program runs.
#include <cstdio>
#include <string>

#define MICROMEGAS_TARGET "shop::cart"
#include <micromegas/micromegas.h>

using micromegas::LogLevel;
using micromegas::PropertySet;

struct Cart {
  std::string owner;
  int items = 0;
};

/// What `{}` becomes for a cart.
void append_log_text(micromegas::LogText& text, const Cart& cart) {
  text.append(cart.owner);
  text.append("'s cart of ");
  text.append_number(cart.items);
}

int check_out(const Cart& cart) {
  const PropertySet properties{{"user", cart.owner}, {"shop", "north"}};
  MM_LOG_INFO_WITH(properties, "check out {}", cart);
  MM_METRIC("cart_items", "count", cart.items, properties);
  MM_LOG_DEBUG("only for those who ask: {}", cart);
  return cart.items;
}

int main() {
  const micromegas::TelemetryGuard telemetry;
  MM_LOG_INFO("ready");
  check_out({"ann", 3});
  micromegas::set_target("shop", {.log_level = LogLevel::kDebug});
  const int items = check_out({"bob", 2});
  MM_METRIC("load", "percent", 12.5);
  std::printf("%d\n", items);
}
