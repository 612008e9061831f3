#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <micromegas/log_level.h>

namespace micromegas {

/// How a program without a user proves who it is: it fetches an access token from an identity
/// provider (OAuth 2.0 client credentials), and again before the token expires.
struct OidcCredentials {
  std::string token_endpoint = {};  ///< Empty: no such credentials.
  std::string client_id = {};
  std::string client_secret = {};
  std::string audience = {};  ///< Empty: not asked for.
  /// A token is replaced so long before it expires.
  std::chrono::seconds token_buffer{180};
};

/// How a program is recorded. What is not set here comes from the environment.
struct TelemetryOptions {
  /// Where the ingestion server listens, `http://host:port` or https; or the folder of a lake,
  /// `file:///var/lake`, for programs that link `micromegas::lake_sink`. MICROMEGAS_TELEMETRY_URL.
  /// None, or empty: nothing is recorded.
  std::optional<std::string> url = {};
  /// Sent as a Bearer token. MICROMEGAS_INGESTION_API_KEY.
  std::optional<std::string> api_key = {};
  /// What is sent when there is no API key. MICROMEGAS_OIDC_TOKEN_ENDPOINT, _CLIENT_ID,
  /// _CLIENT_SECRET, _AUDIENCE, _TOKEN_BUFFER_SECONDS.
  std::optional<OidcCredentials> oidc = {};
  /// Whether spans are recorded. MICROMEGAS_ENABLE_CPU_TRACING (`true`, `1` or `on`); off by
  /// default.
  std::optional<bool> cpu_tracing = {};
  /// Of which share of the roots coroutines tell when they wait, by target: `0.01,shop::db=1`
  /// (target.h). MICROMEGAS_SUSPENSIONS; of none by default.
  std::optional<std::string> suspensions = {};
  /// Events are sent at least this often. MICROMEGAS_FLUSH_PERIOD (seconds); 60 s by default.
  std::optional<std::chrono::milliseconds> flush_period = {};
  /// Logs of that level and more urgent ones are printed to stderr as well, whatever the URL says.
  /// MICROMEGAS_CONSOLE (`fatal`, `error`, `warn`, `info`, `debug`, `trace`, `off`); off by
  /// default.
  std::optional<LogLevel> console = {};
  /// Said of the process, `{"version", "1.2"}`. They win over those of
  /// MICROMEGAS_PROCESS_PROPERTIES (`k=v,k=v`), and these over what the system says.
  std::vector<std::pair<std::string, std::string>> properties = {};

  /// A folder. What is recorded is kept there as well until it has arrived, so that it can be sent
  /// when the program has crashed: by the next program that records with this folder, or by
  /// `micromegas recover`. MICROMEGAS_CRASH_DIR. None, or empty: it dies with the program.
  std::optional<std::string> crash_dir = {};

  /// Events are sent as soon as a thread has made this many bytes of them (before compression).
  std::size_t block_bytes = std::size_t{1} << 20;
  /// The most memory for events of all threads that are not encoded yet. Beyond it they are
  /// dropped.
  std::size_t buffer_bytes = std::size_t{32} << 20;
  /// The most memory for blocks that wait to be sent. Beyond it further ones are dropped.
  std::size_t queue_bytes = std::size_t{128} << 20;
  /// Requests to the server at a time.
  int max_in_flight = 3;
  /// A request that takes longer has failed.
  std::chrono::milliseconds request_timeout = std::chrono::seconds(10);
  /// How long the end of the program waits for the server.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(5);
  /// The LZ4 level: 0 is the fastest, up to 12 is smaller and slower.
  int compression_level = 0;
};

/// What was recorded, and what became of it.
struct TelemetryStatistics {
  /// Recorded and put into blocks: at the end, those that were sent and those in requests that were
  /// dropped. A span is two. Where something was lost, our own metrics that say so are among them.
  std::uint64_t events = 0;
  std::uint64_t blocks = 0;
  std::uint64_t blocks_sent = 0;  ///< Stored by the server.
  std::uint64_t events_sent = 0;  ///< In those blocks.
  std::uint64_t requests_sent = 0;
  std::uint64_t bytes_sent = 0;  ///< Of their bodies, compressed.

  std::uint64_t dropped_events = 0;          ///< Never came into a block: no memory left for them.
  std::uint64_t dropped_requests = 0;        ///< Made, but never delivered.
  std::uint64_t dropped_request_events = 0;  ///< The events in them.
  std::uint64_t failed_attempts = 0;
  std::string last_error;  ///< Of the latest attempt that failed.
};

/// Records the program as long as it lives: create one at the beginning of `main`.
///
///     int main() {
///       micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
///       ...
///     }
///
/// At its end it takes the events of all threads, of those that still run as well, and gives them
/// `drain_timeout` to reach the server. Until then nothing that happens to it reaches the program:
/// no exception, no waiting, no crash; losses are counted. Two things are said on stderr, in
/// a line each: which settings of the environment make no sense, and at the end that nothing at all
/// has arrived.
///
/// The process id is passed on to child processes in MICROMEGAS_TELEMETRY_PARENT_PROCESS, from
/// where it also takes its own parent's. Since that writes to the environment, create it before
/// threads that read it.
///
/// Any thread may call the members, but none while another one is in `stop` or the destructor.
class TelemetryGuard {
 public:
  [[nodiscard]] explicit TelemetryGuard(const TelemetryOptions& options = {});
  ~TelemetryGuard();
  TelemetryGuard(const TelemetryGuard&) = delete;
  TelemetryGuard& operator=(const TelemetryGuard&) = delete;

  /// Whether anything is recorded: there is a URL, or logs are printed, and no other guard is
  /// alive.
  bool recording() const noexcept;

  /// As servers know this process, `0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0`; empty when not
  /// recording.
  std::string process_id() const;

  /// Puts all that was recorded before into blocks, which are sent soon. Returns when they are
  /// made.
  void flush();

  /// Ends the recording as the destructor does, and says how it went. Once.
  TelemetryStatistics stop();

  TelemetryStatistics statistics() const;

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace micromegas
