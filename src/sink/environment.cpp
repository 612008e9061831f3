#include "sink/environment.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace micromegas::sink {
namespace {

constexpr const char* kParentProcess = "MICROMEGAS_TELEMETRY_PARENT_PROCESS";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_true(std::string_view text) noexcept { return text == "true" || text == "1"; }

std::chrono::nanoseconds flush_period_of_environment(std::chrono::nanoseconds otherwise) {
  const std::string text = environment("MICROMEGAS_FLUSH_PERIOD");
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  constexpr double kLongest = 86'400;
  if (text.empty() || *end != '\0' || !(seconds > 0)) return otherwise;
  return std::chrono::nanoseconds(std::llround(std::min(seconds, kLongest) * 1e9));
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
  resolved.api_key = options.api_key.value_or(environment("MICROMEGAS_INGESTION_API_KEY"));

  tracing::RecorderOptions& recorder = resolved.recorder;
  recorder.cpu_tracing =
      options.cpu_tracing.value_or(is_true(environment("MICROMEGAS_ENABLE_CPU_TRACING")));
  recorder.flush_period = options.flush_period ? std::chrono::nanoseconds(*options.flush_period)
                                               : flush_period_of_environment(recorder.flush_period);
  recorder.block_bytes = options.block_bytes;
  recorder.buffer_bytes = options.buffer_bytes;
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
