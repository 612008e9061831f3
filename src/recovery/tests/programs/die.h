#pragma once

#include <csignal>
#include <cstdlib>
#include <string_view>

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace micromegas::recovery {

/// Ends the calling program: by "abort" or "segv", else it waits to be killed.
[[noreturn]] inline void die(std::string_view how) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  if (how == "abort") std::abort();
  if (how == "segv") {
    ::signal(SIGSEGV, SIG_DFL);  // Not the sanitizers' handler.
    // Not at null, which they would see before the processor does.
    void* const forbidden =
        ::mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *static_cast<volatile int*>(forbidden) = 1;
  }
  for (;;) ::pause();
}

}  // namespace micromegas::recovery
