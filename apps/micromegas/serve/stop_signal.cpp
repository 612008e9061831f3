#include "apps/micromegas/serve/stop_signal.h"

#include <ctime>

namespace micromegas::cli {

StopSignal::StopSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

std::optional<std::string> StopSignal::wait(std::chrono::seconds patience) {
  timespec limit{};
  limit.tv_sec = patience.count();
  switch (sigtimedwait(&signals_, nullptr, &limit)) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    default:
      return std::nullopt;
  }
}

void StopSignal::release() { pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr); }

}  // namespace micromegas::cli
