#include "apps/micromegas/serve_command.h"

#include <iostream>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "apps/micromegas/serve/activity_log.h"
#include "apps/micromegas/serve/maintenance.h"
#include "apps/micromegas/serve/serve_options.h"
#include "apps/micromegas/serve/stop_signal.h"
#include "flight/server.h"
#include "ingestion/buffer_memory.h"
#include "ingestion/http_server.h"
#include "lake/lake.h"

namespace micromegas::cli {
namespace {

constexpr std::chrono::seconds kActivityPeriod{60};
constexpr rlim_t kWantedFiles = 65'536;

constexpr const char* kExamples = R"(Examples:
  micromegas serve
      Everything, on this machine only: http on port 9000, Flight SQL on port 50051.
  micromegas serve --lake /srv/telemetry --memory-limit 4GiB
      Another folder, more memory for queries.
  MICROMEGAS_API_KEYS='[{"name": "ci", "key": "..."}]' \
  micromegas serve --http 0.0.0.0:9000 --flight 0.0.0.0:50051
      For other machines too; whoever calls needs a key.
  micromegas serve --roles ingestion --lake /srv/telemetry
      One process takes data in.
  micromegas serve --roles flightsql,maintenance --http 127.0.0.1:9001 --lake /srv/telemetry
      Another one answers queries; each has a port of its own for /health, /ready, /metrics.)";

void start_log(const std::string& level) {
  auto logger = spdlog::stderr_color_mt("micromegas");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

/// A connection is a file, and so is everything that a query reads.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_max, std::max(limit.rlim_cur, kWantedFiles));
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Scripts wait for these lines, so each is out at once.
void announce(const char* what, const char* scheme, const std::string& host, int port) {
  const std::string shown = host.find(':') == std::string::npos ? host : '[' + host + ']';
  std::cout << "listening " << what << ' ' << scheme << "://" << shown << ':' << port << std::endl;
}

class ServeCommand final : public Command {
 public:
  CLI::App* declare(CLI::App& program) override;
  int run() override;

 private:
  ServeArguments arguments_;
};

CLI::App* ServeCommand::declare(CLI::App& program) {
  auto* command =
      program.add_subcommand("serve", "Take telemetry in over HTTP and answer SQL about it");
  command
      ->add_option("--roles", arguments_.roles,
                   "What this process does: all, or some of ingestion,flightsql,maintenance")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--lake", arguments_.lake,
                      "The folder of the lake, made if it is not there (default: "
                      "$XDG_DATA_HOME/micromegas/lake, else ~/.local/share/micromegas/lake)");
  command
      ->add_option("--http,--listen-endpoint-http", arguments_.http,
                   "Where producers post to, and /health, /ready and /metrics are; port 0: any "
                   "free one")
      ->capture_default_str();
  command
      ->add_option("--flight,--listen-endpoint-flightsql", arguments_.flight,
                   "Where Flight SQL clients ask; port 0: any free one")
      ->capture_default_str();
  command->add_flag("--disable-auth", arguments_.disable_auth,
                    "Ask nobody for a key, also on addresses that other machines can reach");
  command->add_option(
      "--memory-limit", arguments_.memory_limit,
      "Memory for SQL, beyond which it spills to disk: 512MB, 4GiB (default: 1GiB)");
  command->add_option("--spill-dir", arguments_.spill_folder,
                      "Where to spill (default: a folder of its own in the temporary folder)");
  command->add_option("--max-materialization-threads", arguments_.materialization_threads,
                      "Threads that build partitions (default: one per core)");
  command->add_option("--log-level", arguments_.log_level, "What to log to standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  command->footer(kExamples);
  return command;
}

int ServeCommand::run() {
  const ServePlan plan = plan_to_serve(arguments_, environment_variable);
  StopSignal stop_signal;
  start_log(arguments_.log_level);
  raise_file_limit();
  ingestion::keep_large_buffers();
  for (const std::string& warning : plan.warnings) spdlog::warn("{}", warning);

  const auto lake = lake::Lake::open({.folder = plan.lake});
  spdlog::info("micromegas {} starts on the lake at {}", MICROMEGAS_VERSION,
               std::filesystem::absolute(plan.lake).string());
  // Whatever the roles: who watches over a process asks it at /health, /ready and /metrics.
  const auto http = ingestion::HttpServer::start(lake, plan.http);
  std::unique_ptr<flight::Server> flight;
  std::unique_ptr<Maintenance> maintenance;
  if (plan.flightsql) flight = flight::Server::start(lake, plan.flight);
  if (plan.maintenance) maintenance = std::make_unique<Maintenance>(lake);
  announce("http", "http", plan.http.host, http->port());
  if (flight) announce("flightsql", "grpc", plan.flight.host, flight->port());

  ActivityLog activity;
  const auto log_activity = [&] {
    if (const std::string line = activity.sum_up(); !line.empty()) spdlog::info("{}", line);
    ingestion::release_unused_memory();
  };
  std::optional<std::string> signal;
  while (!(signal = stop_signal.wait(kActivityPeriod))) log_activity();

  spdlog::info("{}: stopping", *signal);
  stop_signal.release();
  http->stop();
  if (flight) flight->stop();
  maintenance.reset();
  log_activity();
  spdlog::info("stopped");
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> make_serve_command() { return std::make_unique<ServeCommand>(); }

}  // namespace micromegas::cli
