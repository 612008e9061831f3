#include "sink/environment.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "sink/oidc_token.h"

namespace micromegas::sink {
namespace {

constexpr const char* kParentProcess = "MICROMEGAS_TELEMETRY_PARENT_PROCESS";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Reads variables, and collects complaints about what they hold. An empty one is as none.
class Environment {
 public:
  explicit Environment(std::vector<std::string>& complaints) noexcept : complaints_(complaints) {}

  bool switch_in(const char* name) {
    return read(name, tracing::switch_of, tracing::kNoSwitch).value_or(false);
  }

  LogLevel level_in(const char* name) {
    return read(name, tracing::level_of, tracing::kNoLevel).value_or(LogLevel::kOff);
  }

  std::chrono::nanoseconds seconds_in(const char* name, std::chrono::nanoseconds otherwise) {
    return read(name, read_seconds, "is no number of seconds above 0").value_or(otherwise);
  }

  tracing::Properties properties_in(const char* name) {
    const std::string text = environment(name);
    tracing::Misread misread;
    tracing::Properties properties = parse_properties(text, &misread);
    if (misread.items > 0) complain(name, misread, "is not name=value");
    return properties;
  }

 private:
  static std::optional<std::chrono::nanoseconds> read_seconds(std::string_view text) noexcept {
    const std::string terminated(text);
    char* end = nullptr;
    const double seconds = std::strtod(terminated.c_str(), &end);
    constexpr double kLongest = 86'400;
    if (*end != '\0' || !(seconds > 0)) return std::nullopt;
    return std::chrono::nanoseconds(std::llround(std::min(seconds, kLongest) * 1e9));
  }

  template <class Value>
  std::optional<Value> read(const char* name,
                            std::optional<Value> (*of_text)(std::string_view) noexcept,
                            std::string_view why) {
    const std::string text = environment(name);
    if (text.empty()) return std::nullopt;
    std::optional<Value> value = of_text(text);
    if (!value) complain(name, {text, 1}, why);
    return value;
  }

  void complain(const char* name, const tracing::Misread& misread, std::string_view why) {
    complaints_.push_back(tracing::complaint(name, misread, why));
  }

  std::vector<std::string>& complaints_;
};

OidcCredentials oidc_of(Environment& variables) {
  OidcCredentials oidc;
  oidc.token_endpoint = environment("MICROMEGAS_OIDC_TOKEN_ENDPOINT");
  oidc.client_id = environment("MICROMEGAS_OIDC_CLIENT_ID");
  oidc.client_secret = environment("MICROMEGAS_OIDC_CLIENT_SECRET");
  oidc.audience = environment("MICROMEGAS_OIDC_AUDIENCE");
  oidc.token_buffer = std::chrono::duration_cast<std::chrono::seconds>(
      variables.seconds_in("MICROMEGAS_OIDC_TOKEN_BUFFER_SECONDS", oidc.token_buffer));
  return oidc;
}

/// Sending without the key that somebody meant to send would be refused at best, so we do not even
/// begin. The key itself is not repeated: the line may end up in a log.
std::string fault_of(const HttpOptions& http) {
  if (!is_header_safe(http.api_key)) {
    return "MICROMEGAS_INGESTION_API_KEY holds a blank or a control character";
  }
  if (!http.api_key.empty()) return {};  // It wins over the rest.
  const OidcCredentials& oidc = http.oidc;
  const bool some = !oidc.token_endpoint.empty() || !oidc.client_id.empty() ||
                    !oidc.client_secret.empty() || !oidc.audience.empty();
  if (!some) return {};
  for (const auto& [name, value] :
       {std::pair("TOKEN_ENDPOINT", &oidc.token_endpoint), std::pair("CLIENT_ID", &oidc.client_id),
        std::pair("CLIENT_SECRET", &oidc.client_secret)}) {
    if (value->empty()) {
      return std::string("MICROMEGAS_OIDC_") + name +
             " is missing: it takes the endpoint, the id "
             "and the secret to fetch a token";
    }
  }
  if (!oidc.token_endpoint.starts_with("https://") && !oidc.token_endpoint.starts_with("http://")) {
    return "MICROMEGAS_OIDC_TOKEN_ENDPOINT is neither http: nor https:";
  }
  return {};
}

}  // namespace

tracing::Properties parse_properties(std::string_view text, tracing::Misread* misread) {
  tracing::Properties properties;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      if (misread != nullptr && !item.empty()) misread->add(item);
      continue;
    }
    const std::string_view name = item.substr(0, equals);
    const bool known = std::any_of(properties.begin(), properties.end(),
                                   [&](const auto& other) { return other.first == name; });
    if (!known) properties.emplace_back(name, item.substr(equals + 1));
  }
  return properties;
}

ResolvedOptions resolve(const TelemetryOptions& options) {
  ResolvedOptions resolved;
  Environment variables(resolved.complaints);
  resolved.url = options.url.value_or(environment("MICROMEGAS_TELEMETRY_URL"));
  resolved.console = options.console ? *options.console : variables.level_in("MICROMEGAS_CONSOLE");
  resolved.compression_level = options.compression_level;
  HttpOptions& http = resolved.http;
  http.api_key = options.api_key.value_or(environment("MICROMEGAS_INGESTION_API_KEY"));
  http.oidc = options.oidc ? *options.oidc : oidc_of(variables);
  http.limits = {options.queue_bytes, 2 * options.queue_bytes};
  http.max_in_flight = options.max_in_flight;
  http.attempt_timeout = options.request_timeout;
  resolved.fault = fault_of(http);

  tracing::RecorderOptions& recorder = resolved.recorder;
  recorder.cpu_tracing = options.cpu_tracing ? *options.cpu_tracing
                                             : variables.switch_in("MICROMEGAS_ENABLE_CPU_TRACING");
  recorder.flush_period =
      options.flush_period ? std::chrono::nanoseconds(*options.flush_period)
                           : variables.seconds_in("MICROMEGAS_FLUSH_PERIOD", recorder.flush_period);
  recorder.block_bytes = options.block_bytes;
  recorder.buffer_bytes = options.buffer_bytes;
  recorder.crash_folder = options.crash_dir.value_or(environment("MICROMEGAS_CRASH_DIR"));
  // A program that names a folder itself leaves it to its users whether there is a URL.
  if (!options.crash_dir && !recorder.crash_folder.empty() && resolved.url.empty()) {
    resolved.complaints.emplace_back(
        "MICROMEGAS_CRASH_DIR: nothing is kept without a URL: set MICROMEGAS_TELEMETRY_URL as "
        "well");
  }
  recorder.drain_timeout = options.drain_timeout;
  recorder.parent_process_id = ProcessId::parse(environment(kParentProcess));
  recorder.process_properties = options.properties;
  for (auto& property : variables.properties_in("MICROMEGAS_PROCESS_PROPERTIES")) {
    recorder.process_properties.push_back(std::move(property));
  }
  return resolved;
}

void announce_to_children(ProcessId process_id) {
  ::setenv(kParentProcess, process_id.to_string().c_str(), 1);
}

}  // namespace micromegas::sink
