#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "auth/api_keys.h"
#include "lake/lake.h"

namespace micromegas::ingestion {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 9000;  ///< 0: any free one.
  auth::ApiKeys keys;
  bool take_telemetry = true;  ///< False: what is posted gets 404; the GETs are there.

  std::size_t threads = 0;  ///< That read and decode; 0: one per core, at least two.
  std::size_t max_body_bytes = std::size_t{100} << 20;  ///< Larger ones get 413.
  /// A further one takes the place of the oldest that has shown no key, or else gets 503.
  std::size_t max_connections = 1'000;
  std::size_t max_body_memory = std::size_t{512}
                                << 20;  ///< Half-received bodies of all connections.
  std::size_t max_queued_bytes = std::size_t{256} << 20;  ///< Received, waiting to be stored.
  std::size_t max_queued_requests = 16'384;

  std::chrono::milliseconds idle_timeout{75'000};    ///< Between two requests of a connection.
  std::chrono::milliseconds header_timeout{10'000};  ///< Also before one that shows a key.
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds answer_timeout{10'000};  ///< For the client to take the answer.
  std::chrono::milliseconds stop_grace{10'000};      ///< For requests under way when it stops.
};

/// The HTTP door of a lake: what producers post goes in.
///
///     POST /ingestion/insert_process | insert_stream | insert_block   (wire format, section 1)
///     GET  /health    200: the process lives
///     GET  /ready     200: storing works; 503: it would fail now
///     GET  /metrics   Prometheus text
///
/// A 200 means: durable. 4xx: do not send that again. 5xx: do. With keys, everything but /health
/// and /ready needs one.
class HttpServer {
 public:
  /// Listens when it returns. Throws `Error{kUnavailable}` naming the address if it cannot.
  static std::unique_ptr<HttpServer> start(std::shared_ptr<lake::Lake> lake,
                                           const HttpServerOptions& options);

  virtual ~HttpServer() = default;

  /// The port that it listens on.
  virtual int port() const = 0;

  /// Stops accepting, answers the requests under way (for `stop_grace` at most), and returns when
  /// all is quiet. Idempotent; destroying it does the same.
  virtual void stop() = 0;
};

}  // namespace micromegas::ingestion
