#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

namespace micromegas::cli {

/// Turns SIGTERM and SIGINT into an event that `main` waits for, instead of an end in the middle of
/// something. Must be made before any other thread: threads inherit which signals they leave alone.
///
/// Also lets writes beyond a limit on file sizes, and to connections that are gone, fail with an
/// error instead of a signal.
class StopSignal {
 public:
  StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  ~StopSignal() { release(); }

  /// The name of the signal that came within `patience`.
  std::optional<std::string> wait(std::chrono::seconds patience);

  /// From now on the next signal ends the process at once: for who cannot wait for an orderly end.
  void release();

 private:
  sigset_t signals_;
};

}  // namespace micromegas::cli
