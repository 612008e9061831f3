#include "apps/micromegas/command.h"
#include "apps/micromegas/processes_command.h"
#include "apps/micromegas/query_command.h"
#include "apps/micromegas/recover_command.h"
#include "apps/micromegas/serve_command.h"
#include "apps/micromegas/timeline_command.h"

namespace micromegas::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_serve_command());
  commands.push_back(make_query_command());
  commands.push_back(make_processes_command());
  commands.push_back(make_timeline_command());
  commands.push_back(make_recover_command());
  return commands;
}

ExitCode exit_code_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kUnavailable:
      return kNotReachable;
    case ErrorKind::kCancelled:
      return kInterrupted;
    default:
      return kFailure;
  }
}

}  // namespace micromegas::cli
