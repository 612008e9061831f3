#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include "base/error.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own.
class App;
}

namespace micromegas::cli {

/// How the program ends. Scripts rely on these numbers; `--help` lists them.
enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,       ///< The request was understood and refused, or failed on the way.
  kUsage = 2,         ///< The command line is wrong.
  kNotReachable = 3,  ///< No server, no lake, or not now: the same command may work later.
  kInterrupted = 130  ///< Ctrl-C.
};

/// The code with which the program ends when an `Error` of that kind ended its command.
ExitCode exit_code_of(ErrorKind kind) noexcept;

/// The command line asks for something that makes no sense, found out after it was read.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One sub-command of `micromegas`: `query`, `processes`, `timeline`, `serve`.
///
/// To add one: derive from `Command` in a file pair `<name>_command.h/.cpp`, declare
/// `std::unique_ptr<Command> make_<name>_command();` in that header, and name it in
/// `all_commands()` (all_commands.cpp). `main` does the rest.
class Command {
 public:
  virtual ~Command() = default;

  /// Adds the sub-command and its options to `program` and returns it. The options write into
  /// members of this object, which lives as long as `program`.
  virtual CLI::App* declare(CLI::App& program) = 0;

  /// Does the work, once the command line was read and found right. Returns an `ExitCode`, or
  /// throws `Error` or `UsageError`: `main` prints its text and ends the program with the code that
  /// fits.
  virtual int run() = 0;
};

/// Every sub-command, in the order in which `--help` shows them.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace micromegas::cli
