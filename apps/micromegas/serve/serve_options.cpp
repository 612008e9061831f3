#include "apps/micromegas/serve/serve_options.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

#include <arpa/inet.h>

#include "apps/micromegas/command.h"

namespace micromegas::cli {
namespace {

constexpr const char* kApiKeys = "MICROMEGAS_API_KEYS";

/// Settings of the original's servers that say who may come in, and that nothing here obeys.
constexpr std::array kUnsupportedSecurity{"MICROMEGAS_OIDC_CONFIG", "MICROMEGAS_ADMINS",
                                          "MICROMEGAS_AUTH_PROVIDER"};

void refuse_unsupported_settings(const Environment& environment) {
  for (const char* name : kUnsupportedSecurity) {
    if (environment(name).empty()) continue;
    throw invalid_argument(std::string(name) +
                           " is set, but this version knows API keys only: unset it, and name the "
                           "keys in " +
                           kApiKeys);
  }
  // Their values may hold passwords, so they are not repeated.
  for (const char* name : {"MICROMEGAS_SQL_CONNECTION_STRING", "MICROMEGAS_OBJECT_STORE_URI"}) {
    if (environment(name).empty()) continue;
    throw invalid_argument(std::string(name) +
                           " is set, but this version keeps a lake in a folder only, with no other "
                           "database or object store: unset it, and name the folder with --lake");
  }
}

void set_roles(ServePlan& plan, const std::vector<std::string>& roles) {
  for (const std::string& role : roles) {
    const bool all = role == "all";
    if (!all && role != "ingestion" && role != "flightsql" && role != "maintenance") {
      throw UsageError("--roles: '" + role + "' is none of all, ingestion, flightsql, maintenance");
    }
    plan.ingestion |= all || role == "ingestion";
    plan.flightsql |= all || role == "flightsql";
    plan.maintenance |= all || role == "maintenance";
  }
}

void require_loopback(const char* option, const std::string& host) {
  if (is_loopback(host)) return;
  throw invalid_argument(std::string(option) + ' ' + host +
                         " can be reached from other machines, but no keys are set: set " +
                         kApiKeys + R"(='[{"name": "...", "key": "..."}]', or say )" +
                         "--disable-auth if everybody may read and write");
}

/// Sets the keys of both doors, or makes sure that none are needed.
void set_keys(ServePlan& plan, const ServeArguments& arguments, const Environment& environment) {
  const std::string json = environment(kApiKeys);
  auth::ApiKeys keys = auth::ApiKeys::parse(json);
  if (arguments.disable_auth) {
    if (!keys.empty()) {
      plan.warnings.push_back(std::string(kApiKeys) + " is set, but --disable-auth ignores it");
    }
    plan.warnings.emplace_back(
        "authentication is off: whoever reaches this server may read and "
        "write everything");
    return;
  }
  if (keys.empty()) {
    require_loopback("--http", plan.http.host);
    if (plan.flightsql) require_loopback("--flight", plan.flight.host);
    return;
  }
  plan.http.keys = std::move(keys);
  plan.flight.api_keys_json = json;
}

}  // namespace

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

ServePlan plan_to_serve(const ServeArguments& arguments, const Environment& environment) {
  refuse_unsupported_settings(environment);
  ServePlan plan;
  set_roles(plan, arguments.roles);
  plan.lake =
      arguments.lake.empty() ? default_lake(environment) : std::filesystem::path(arguments.lake);

  const Endpoint http = parse_endpoint("--http", arguments.http);
  plan.http.host = http.host;
  plan.http.port = http.port;
  plan.http.take_telemetry = plan.ingestion;
  const Endpoint flight = parse_endpoint("--flight", arguments.flight);
  plan.flight.host = flight.host;
  plan.flight.port = flight.port;
  if (!arguments.memory_limit.empty()) {
    plan.flight.engine.memory_limit = parse_size("--memory-limit", arguments.memory_limit);
  }
  plan.flight.engine.spill_folder = arguments.spill_folder;
  plan.flight.engine.materialization_threads = arguments.materialization_threads;
  set_keys(plan, arguments, environment);
  return plan;
}

Endpoint parse_endpoint(const char* option, std::string_view text) {
  const auto wrong = [&] {
    return UsageError(std::string(option) + ": '" + std::string(text) +
                      "' is not host:port, such as 127.0.0.1:9000 or [::1]:9000");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) throw wrong();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    throw wrong();
  }
  int port = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port < 0 || port > 65535) {
    throw wrong();
  }
  return {std::string(host), port};
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return host == "localhost";
}

std::size_t parse_size(const char* option, std::string_view text) {
  struct Unit {
    std::string_view name;
    std::size_t bytes;
  };
  static constexpr std::array kUnits{
      Unit{"", 1},
      Unit{"B", 1},
      Unit{"KB", 1'000},
      Unit{"MB", 1'000'000},
      Unit{"GB", 1'000'000'000},
      Unit{"KiB", std::size_t{1} << 10},
      Unit{"MiB", std::size_t{1} << 20},
      Unit{"GiB", std::size_t{1} << 30},
  };
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && number > 0) {
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const Unit& known : kUnits) {
      if (unit == known.name && number <= SIZE_MAX / known.bytes) return number * known.bytes;
    }
  }
  throw UsageError(std::string(option) + ": '" + std::string(text) +
                   "' is not a size, such as 512MB or 4GiB");
}

std::filesystem::path default_lake(const Environment& environment) {
  std::filesystem::path base = environment("XDG_DATA_HOME");
  if (base.empty()) {
    const std::string home = environment("HOME");
    if (home.empty()) throw UsageError("--lake: name the folder of the lake; HOME is not set");
    base = std::filesystem::path(home) / ".local" / "share";
  }
  return base / "micromegas" / "lake";
}

}  // namespace micromegas::cli
