#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/micromegas/command.h"
#include "base/error.h"
#include "lake/lake.h"
#include "wire/wire_version.h"

namespace micromegas::cli {
namespace {

std::string version_text() {
  return "micromegas " MICROMEGAS_VERSION "\nwire format: " + std::string(wire::kWireFormat) +
         ", that of micromegas " + wire::kWireVersion +
         "\nlake format: " + std::to_string(lake::kLakeFormatVersion);
}

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 no server or lake to be\n"
    "reached, 130 interrupted.";

int fail(const char* what, int code) {
  std::cerr << "micromegas: " << what << '\n';
  return code;
}

int run(int argc, char** argv) {
  CLI::App program{"micromegas: spans, logs and metrics, from a program to SQL", "micromegas"};
  program.set_version_flag("--version", version_text());
  program.require_subcommand(1);
  program.footer(kFooter);

  auto commands = all_commands();
  std::vector<CLI::App*> declared;
  for (const auto& command : commands) {
    declared.push_back(command->declare(program));
    // A footer of the command's own, such as examples, comes before ours, which it inherits.
    const std::string own = declared.back()->get_footer();
    declared.back()->footer(own == kFooter ? own : own + "\n\n" + kFooter);
  }

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help and errors; its own many codes become our one.
    return program.exit(error) == 0 ? kSuccess : kUsage;
  }

  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!declared[i]->parsed()) continue;
    try {
      return commands[i]->run();
    } catch (const UsageError& error) {
      return fail(error.what(), kUsage);
    } catch (const Error& error) {
      return fail(error.what(), exit_code_of(error.kind()));
    } catch (const std::exception& error) {
      return fail(error.what(), kFailure);
    }
  }
  return kUsage;  // Not reached: one sub-command is required.
}

}  // namespace
}  // namespace micromegas::cli

int main(int argc, char** argv) { return micromegas::cli::run(argc, argv); }
