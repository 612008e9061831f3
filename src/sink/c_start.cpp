// The C interface to `TelemetryGuard` (micromegas/c.h).
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include <micromegas/c.h>
#include <micromegas/start.h>

#include "sink/environment.h"

struct micromegas_telemetry {
  micromegas::TelemetryGuard guard;
};

namespace micromegas::sink {
namespace {

/// A struct of the program's as large as ours: what it does not know yet has its default.
template <class Struct>
Struct completed(const Struct& given, Struct defaults) noexcept {
  std::memcpy(&defaults, &given, std::min(given.size, sizeof defaults));
  return defaults;
}

std::optional<std::string> given(const char* text) {
  return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

/// At most a day: in nanoseconds it fits.
std::chrono::milliseconds milliseconds(std::uint64_t given) noexcept {
  constexpr std::uint64_t kDay = 86'400'000;
  return std::chrono::milliseconds(std::min(given, kDay));
}

template <class Value>
void set_if(Value& value, std::uint64_t given) noexcept {
  if (given != 0) value = static_cast<Value>(given);
}

TelemetryOptions options_of(const micromegas_options& given_options) {
  const micromegas_options from = completed(given_options, MICROMEGAS_OPTIONS_INIT);
  TelemetryOptions options;
  options.url = given(from.url);
  options.api_key = given(from.api_key);
  if (from.properties != nullptr) options.properties = parse_properties(from.properties);
  if (from.cpu_tracing >= 0) options.cpu_tracing = from.cpu_tracing != 0;
  if (from.compression_level >= 0) options.compression_level = from.compression_level;
  if (from.flush_period_ms != 0) options.flush_period = milliseconds(from.flush_period_ms);
  if (from.drain_timeout_ms != 0) options.drain_timeout = milliseconds(from.drain_timeout_ms);
  set_if(options.block_bytes, from.block_bytes);
  set_if(options.buffer_bytes, from.buffer_bytes);
  set_if(options.queue_bytes, from.queue_bytes);
  return options;
}

void tell(const TelemetryStatistics& from, micromegas_statistics* to) noexcept {
  if (to == nullptr) return;
  const micromegas_statistics all = {
      to->size,
      from.events,
      from.blocks,
      from.blocks_sent,
      from.requests_sent,
      from.bytes_sent,
      from.dropped_events,
      from.dropped_requests,
      from.dropped_request_events,
      from.failed_attempts,
  };
  std::memcpy(to, &all, std::min(to->size, sizeof all));
}

}  // namespace
}  // namespace micromegas::sink

namespace sink = micromegas::sink;
using micromegas::TelemetryGuard;
using micromegas::TelemetryOptions;
using micromegas::TelemetryStatistics;

micromegas_telemetry* micromegas_start(const micromegas_options* options) {
  return new (std::nothrow) micromegas_telemetry{
      TelemetryGuard(options != nullptr ? sink::options_of(*options) : TelemetryOptions{})};
}

void micromegas_stop(micromegas_telemetry* telemetry, micromegas_statistics* statistics) {
  sink::tell(telemetry != nullptr ? telemetry->guard.stop() : TelemetryStatistics{}, statistics);
  delete telemetry;
}

int32_t micromegas_recording(const micromegas_telemetry* telemetry) {
  return telemetry != nullptr && telemetry->guard.recording() ? 1 : 0;
}

void micromegas_flush(micromegas_telemetry* telemetry) {
  if (telemetry != nullptr) telemetry->guard.flush();
}

void micromegas_process_id(const micromegas_telemetry* telemetry,
                           char id[MICROMEGAS_PROCESS_ID_BYTES]) {
  const std::string text = telemetry != nullptr ? telemetry->guard.process_id() : std::string();
  text.copy(id, MICROMEGAS_PROCESS_ID_BYTES - 1);
  id[std::min<std::size_t>(text.size(), MICROMEGAS_PROCESS_ID_BYTES - 1)] = '\0';
}
