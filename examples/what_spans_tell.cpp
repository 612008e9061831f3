// What a span tells beyond its begin and end: properties, why it failed, and when it waited.
#include <cstdio>
#include <stdexcept>
#include <string>

#include <micromegas/micromegas.h>
#include <micromegas/task.h>

namespace {

using micromegas::Task;

Task<int> count_orders(std::string user) {
  MM_CO_SPAN("count orders", {"user", user});  // Logs and metrics in here bear it as well.
  if (user.empty()) throw std::invalid_argument("nobody's orders");
  co_return 3;
}

Task<> answer_request() {
  MM_CO_SPAN("request", {"tenant", "7"});
  const int orders = co_await count_orders("ann");
  std::printf("%d\n", orders);
  bool skipped = false;
  try {
    co_await count_orders("");  // Its span ends with an error, and the text.
  } catch (const std::invalid_argument&) {
    skipped = true;
  }
  MM_CO_PROPERTIES({"skipped", skipped ? "1" : "0"});
}

}  // namespace

int main() {
  // All roots tell when they wait; in production it would be one in a thousand: "0.001".
  const micromegas::TelemetryGuard telemetry({.cpu_tracing = true, .suspensions = "1"});
  Task<> request = answer_request();
  request.start();
}
