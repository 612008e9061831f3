#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>

// GCC 12 with sanitizers takes the empty optional in Beast's parser for an uninitialised one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <boost/beast/http/parser.hpp>
#pragma GCC diagnostic pop

#include "base/byte_view.h"
#include "ingestion/answer.h"
#include "ingestion/group_commit.h"
#include "ingestion/http_server.h"
#include "ingestion/memory_budget.h"
#include "ingestion/route.h"

namespace micromegas::ingestion {

/// What the connections of one server share.
struct SessionContext {
  SessionContext(std::shared_ptr<lake::Lake> lake, const HttpServerOptions& with_options);

  const HttpServerOptions options;
  MemoryBudget bodies;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> nb_connections{0};
  GroupCommit queue;

  /// The text of /metrics.
  std::string metrics() const;
};

/// One connection: reads a request, answers it, and so on, until the client or the server has had
/// enough. Every wait has a time limit. All of it runs on the strand of its socket.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  /// `context` outlives it.
  HttpSession(boost::asio::ip::tcp::socket socket, SessionContext& context);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  ~HttpSession();

  /// Starts serving; `ended` runs when the connection is closed. The session keeps itself alive.
  void start(std::function<void(HttpSession*)> ended);

  /// True once it has brought a key, or, where none is asked for, anything that would need one.
  /// Until then it may have to make room for others. Any thread.
  bool is_proven() const noexcept { return proven_.load(std::memory_order_relaxed); }
  std::chrono::steady_clock::time_point begin() const noexcept { return begin_; }

  /// Ends it between two requests; one under way is answered first. Any thread.
  void stop();

  /// Ends it now. Any thread.
  void abort();

 private:
  /// What waits to be parsed: a header, the head of a chunk, requests sent ahead of an answer.
  static constexpr std::size_t kMaxBuffered = std::size_t{1} << 20;

  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

  static boost::asio::awaitable<void> run(std::shared_ptr<HttpSession> self);

  /// Serves one request; false: the connection is to be closed.
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<bool> wait_for_request();
  boost::asio::awaitable<bool> refuse_header(boost::system::error_code error);
  boost::asio::awaitable<bool> serve_envelope(Parser& parser, EnvelopeKind kind, bool keep);

  /// Reads the body into `body_`. `kClosed`: there is nobody to answer any more.
  enum class BodyOutcome { kRead, kRefused, kClosed };
  boost::asio::awaitable<BodyOutcome> read_body(Parser& parser, std::size_t limit,
                                                MemoryBudget::Share& share, Answer& refusal);
  boost::asio::awaitable<BodyOutcome> read_sized_body(std::size_t size, MemoryBudget::Share& share,
                                                      Answer& refusal);
  boost::asio::awaitable<BodyOutcome> read_chunked_body(Parser& parser, std::size_t limit,
                                                        MemoryBudget::Share& share,
                                                        Answer& refusal);
  boost::asio::awaitable<bool> send_continue();

  boost::asio::awaitable<Answer> store(EnvelopeKind kind);
  boost::asio::awaitable<Answer> probe();

  /// Writes the answer; false: the connection cannot go on.
  boost::asio::awaitable<bool> send(Answer answer, bool keep, bool head_only);

  /// Waits a little for a client that is still sending what nobody reads: closing at once would
  /// take the answer from it.
  boost::asio::awaitable<void> linger();

  void note_time_out(boost::system::error_code error) const;

  boost::beast::tcp_stream stream_;
  SessionContext& context_;
  std::function<void(HttpSession*)> ended_;
  boost::beast::flat_buffer buffer_{kMaxBuffered};
  Bytes body_;             ///< Kept from request to request while it is small.
  unsigned version_ = 11;  ///< Of HTTP, as the client speaks it.
  bool between_requests_ = true;
  std::atomic<bool> proven_{false};
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace micromegas::ingestion
