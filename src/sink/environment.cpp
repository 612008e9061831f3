#include "sink/environment.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "sink/oidc_token.h"

namespace micromegas::sink {
namespace {

constexpr const char* kParentProcess = "MICROMEGAS_TELEMETRY_PARENT_PROCESS";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_true(std::string_view text) noexcept { return text == "true" || text == "1"; }

/// A variable that holds a number of seconds; `otherwise` where it is none, or makes no sense.
std::chrono::nanoseconds seconds_of_environment(const char* name,
                                                std::chrono::nanoseconds otherwise) {
  const std::string text = environment(name);
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  constexpr double kLongest = 86'400;
  if (text.empty() || *end != '\0' || !(seconds > 0)) return otherwise;
  return std::chrono::nanoseconds(std::llround(std::min(seconds, kLongest) * 1e9));
}

LogLevel console_of_environment() {
  const std::string text = environment("MICROMEGAS_CONSOLE");
  constexpr std::pair<std::string_view, LogLevel> kNames[] = {
      {"fatal", LogLevel::kFatal}, {"error", LogLevel::kError}, {"warn", LogLevel::kWarn},
      {"info", LogLevel::kInfo},   {"debug", LogLevel::kDebug}, {"trace", LogLevel::kTrace}};
  for (const auto& [name, level] : kNames) {
    if (text == name) return level;
  }
  return LogLevel::kOff;
}

OidcCredentials oidc_of_environment() {
  OidcCredentials oidc;
  oidc.token_endpoint = environment("MICROMEGAS_OIDC_TOKEN_ENDPOINT");
  oidc.client_id = environment("MICROMEGAS_OIDC_CLIENT_ID");
  oidc.client_secret = environment("MICROMEGAS_OIDC_CLIENT_SECRET");
  oidc.audience = environment("MICROMEGAS_OIDC_AUDIENCE");
  oidc.token_buffer = std::chrono::duration_cast<std::chrono::seconds>(
      seconds_of_environment("MICROMEGAS_OIDC_TOKEN_BUFFER_SECONDS", oidc.token_buffer));
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

tracing::Properties parse_properties(std::string_view text) {
  tracing::Properties properties;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    const std::string_view name = item.substr(0, equals);
    const bool known = std::any_of(properties.begin(), properties.end(),
                                   [&](const auto& other) { return other.first == name; });
    if (!known) properties.emplace_back(name, item.substr(equals + 1));
  }
  return properties;
}

ResolvedOptions resolve(const TelemetryOptions& options) {
  ResolvedOptions resolved;
  resolved.url = options.url.value_or(environment("MICROMEGAS_TELEMETRY_URL"));
  resolved.console = options.console ? *options.console : console_of_environment();
  resolved.compression_level = options.compression_level;
  HttpOptions& http = resolved.http;
  http.api_key = options.api_key.value_or(environment("MICROMEGAS_INGESTION_API_KEY"));
  http.oidc = options.oidc ? *options.oidc : oidc_of_environment();
  http.limits = {options.queue_bytes, 2 * options.queue_bytes};
  http.max_in_flight = options.max_in_flight;
  http.attempt_timeout = options.request_timeout;
  resolved.fault = fault_of(http);

  tracing::RecorderOptions& recorder = resolved.recorder;
  recorder.cpu_tracing =
      options.cpu_tracing.value_or(is_true(environment("MICROMEGAS_ENABLE_CPU_TRACING")));
  recorder.flush_period = options.flush_period ? std::chrono::nanoseconds(*options.flush_period)
                                               : seconds_of_environment("MICROMEGAS_FLUSH_PERIOD",
                                                                        recorder.flush_period);
  recorder.block_bytes = options.block_bytes;
  recorder.buffer_bytes = options.buffer_bytes;
  recorder.crash_folder = options.crash_dir.value_or(environment("MICROMEGAS_CRASH_DIR"));
  recorder.drain_timeout = options.drain_timeout;
  recorder.parent_process_id = ProcessId::parse(environment(kParentProcess));
  recorder.process_properties = options.properties;
  for (auto& property : parse_properties(environment("MICROMEGAS_PROCESS_PROPERTIES"))) {
    recorder.process_properties.push_back(std::move(property));
  }
  return resolved;
}

void announce_to_children(ProcessId process_id) {
  ::setenv(kParentProcess, process_id.to_string().c_str(), 1);
}

}  // namespace micromegas::sink
