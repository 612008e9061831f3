#include "apps/micromegas/interrupt.h"

#include <csignal>

namespace micromegas::cli {
namespace {

CancellationToken& token() {
  static CancellationToken instance;
  return instance;
}

extern "C" void on_interrupt(int) {
  token().cancel();  // One store to a lock-free atomic that exists already: safe in a handler.
}

}  // namespace

CancellationToken cancelled_by_interrupt() {
  auto result = token();
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // The next one has its usual effect.
  sigaction(SIGINT, &action, nullptr);
  return result;
}

}  // namespace micromegas::cli
