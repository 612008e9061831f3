#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recovery/dead_process.h"

namespace micromegas::recovery {

/// The names of the processes in a crash folder, the living among them. Empty when it cannot be
/// read.
std::vector<std::string> processes_in(const std::string& crash_folder);

/// The folder of one process in a crash folder. Opened, it is ours alone: a process holds a lock on
/// its file as long as it lives, whoever reads it after its death too.
class ProcessFolder {
 public:
  explicit ProcessFolder(std::string path) noexcept : path_(std::move(path)) {}
  ~ProcessFolder();
  ProcessFolder(const ProcessFolder&) = delete;
  ProcessFolder& operator=(const ProcessFolder&) = delete;

  enum class State {
    kDead,     ///< `process()` is what it left.
    kInUse,    ///< It lives, or somebody else is at work on what it left.
    kNothing,  ///< It left nothing, or has hardly begun.
    kDamaged,  ///< What it left cannot be read: `problem()`. The same of the next two:
    kNewer,    ///< It was recorded by a later version of ours, in another format,
    kOlder,    ///< or by an earlier one.
  };
  State open();

  const DeadProcess& process() const noexcept { return *process_; }
  const std::string& problem() const noexcept { return problem_; }

  /// Deletes it, with all that the process left. REQUIRES: open() found it dead.
  void remove() noexcept;

 private:
  const std::string path_;
  int file_ = -1;
  std::optional<DeadProcess> process_;
  std::string problem_;
};

}  // namespace micromegas::recovery
