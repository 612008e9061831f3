#include "base/background_thread.h"

#include <csignal>
#include <system_error>
#include <utility>

#include <pthread.h>

namespace micromegas {
namespace {

/// A new thread inherits its creator's mask: so all signals are blocked while it is created.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::thread start(const char* name, std::function<void()> work) {
  return std::thread([name, work = std::move(work)] {
    ::pthread_setname_np(::pthread_self(), name);
    work();
  });
}

}  // namespace

std::thread start_background_thread(const char* name, std::function<void()> work) noexcept {
  const SignalsBlocked blocked;
#ifdef __cpp_exceptions
  try {
    return start(name, std::move(work));
  } catch (const std::system_error&) {
    return {};
  }
#else
  return start(name, std::move(work));
#endif
}

}  // namespace micromegas
