#include "apps/micromegas/recover_command.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "apps/micromegas/interrupt.h"
#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/terminal.h"
#include "sink/crash_recovery.h"
#include "sink/destination.h"

namespace micromegas::cli {
namespace {

using Recovery = sink::ProcessRecovery;

constexpr int kStandardError = 2;

std::string name_of(const Recovery& process) {
  std::string id = std::filesystem::path(process.folder).filename();
  if (process.exe.empty()) return id;
  return id + ' ' + program_name(process.exe) + " (pid " + std::to_string(process.pid) + ')';
}

std::string amount_of(const Recovery& process) {
  return count_text(process.events) + " events in " + count_text(process.blocks) + " blocks";
}

std::string summary_of(const Recovery& process) {
  switch (process.result) {
    case Recovery::Result::kRecovered: {
      std::string line = "recovered " + name_of(process) + ": " + amount_of(process);
      if (process.threads_lost > 0) {
        line += ", nothing of " + count_text(process.threads_lost) + " threads";
      }
      return line;
    }
    case Recovery::Result::kInUse:
      return "running   " + name_of(process) + ": left alone";
    case Recovery::Result::kDamaged:
      return "damaged   " + name_of(process) + ": its file " + process.problem;
    case Recovery::Result::kNewer:
      return "newer     " + name_of(process) + ": its file " + process.problem;
    case Recovery::Result::kOlder:
      return "older     " + name_of(process) + ": its file " + process.problem;
    case Recovery::Result::kNotArrived:
      break;
  }
  return "not sent  " + name_of(process) + ": " + process.problem;
}

/// Stops a recovery when the user interrupts the program.
class InterruptWatch {
 public:
  InterruptWatch(const CancellationToken& token, sink::CrashRecovery& recovery)
      : thread_([this, token, &recovery] {
          while (!ended_.load() && !token.cancelled()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
          if (token.cancelled()) recovery.stop();
        }) {}
  ~InterruptWatch() {
    ended_.store(true);
    thread_.join();
  }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

class RecoverCommand final : public Command {
 public:
  CLI::App* declare(CLI::App& program) override;
  int run() override;

 private:
  sink::ResolvedOptions destination() const;

  std::string folder_;
  std::string url_;
  std::string lake_;
};

CLI::App* RecoverCommand::declare(CLI::App& program) {
  auto* command = program.add_subcommand("recover", "Send what crashed programs left in a folder");
  command->add_option("folder", folder_, "The programs' MICROMEGAS_CRASH_DIR")->required();
  auto* url = command->add_option(
      "--url", url_,
      "The ingestion server (default: MICROMEGAS_TELEMETRY_URL, with the API key in "
      "MICROMEGAS_INGESTION_API_KEY)");
  command->add_option("--lake", lake_, "Write into this lake folder, without a server")
      ->excludes(url);
  command->footer(
      "Programs that are running are left alone. What has arrived is deleted from the folder; "
      "what\n"
      "has not, stays. Doing it twice stores nothing twice.");
  return command;
}

sink::ResolvedOptions RecoverCommand::destination() const {
  TelemetryOptions options;
  if (!url_.empty()) options.url = url_;
  if (!lake_.empty()) options.url = "file://" + std::filesystem::absolute(lake_).string();
  sink::ResolvedOptions resolved = sink::resolve(options);
  if (resolved.url.empty()) {
    throw UsageError("whereto? Name a server with --url, or a lake with --lake");
  }
  if (!resolved.fault.empty()) throw UsageError(resolved.fault);
  const std::string fault = sink::fault_of_url(resolved.url);
  if (!fault.empty()) throw UsageError(fault);
  return resolved;
}

int RecoverCommand::run() {
  sink::ResolvedOptions options = destination();
  if (!std::filesystem::is_directory(folder_)) throw invalid_argument("no folder " + folder_);

  const bool shows_progress = terminal_of(kStandardError).is_terminal;
  std::array<std::uint64_t, Recovery::kResults> results{};
  sink::CrashRecovery recovery(std::move(options), folder_);
  const CancellationToken cancel = cancelled_by_interrupt();
  const InterruptWatch watch(cancel, recovery);
  const auto wipe = [shows_progress] {
    if (shows_progress) std::fputs("\r\x1b[K", stderr);
  };
  recovery.run({.report =
                    [&](const Recovery& process) {
                      wipe();
                      std::cout << summary_of(process) << std::endl;
                      ++results[static_cast<std::size_t>(process.result)];
                    },
                .progress =
                    [&](const Recovery& process) {
                      if (!shows_progress) return;
                      std::fprintf(stderr, "\r\x1b[K%s: %s", name_of(process).c_str(),
                                   amount_of(process).c_str());
                    }});
  wipe();
  const auto count = [&results](Recovery::Result result) {
    return results[static_cast<std::size_t>(result)];
  };
  const auto say_if_any = [&](Recovery::Result result, const char* what) {
    if (count(result) > 0) std::cout << ", " << count_text(count(result)) << what;
  };
  std::cout << count_text(count(Recovery::Result::kRecovered)) << " recovered, "
            << count_text(count(Recovery::Result::kInUse)) << " running, "
            << count_text(count(Recovery::Result::kDamaged)) << " damaged";
  say_if_any(Recovery::Result::kNewer, " newer");
  say_if_any(Recovery::Result::kOlder, " older");
  std::cout << ", " << count_text(count(Recovery::Result::kNotArrived)) << " not sent\n";
  if (cancel.cancelled()) return kInterrupted;
  if (count(Recovery::Result::kNotArrived) > 0) return kNotReachable;
  const bool unread = count(Recovery::Result::kDamaged) + count(Recovery::Result::kNewer) +
                          count(Recovery::Result::kOlder) >
                      0;
  return unread ? kFailure : kSuccess;
}

}  // namespace

std::unique_ptr<Command> make_recover_command() { return std::make_unique<RecoverCommand>(); }

}  // namespace micromegas::cli
