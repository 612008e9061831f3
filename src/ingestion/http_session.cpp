#include "ingestion/http_session.h"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <boost/beast/http/write.hpp>

#include "base/error.h"
#include "ingestion/commit_awaitable.h"
#include "ingestion/ingestion_counters.h"

namespace micromegas::ingestion {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kAsTuple = net::as_tuple(net::use_awaitable);

constexpr std::uint32_t kMaxHeaderBytes = 16 * 1024;
constexpr std::size_t kFirstRead = 4096;
constexpr std::size_t kBodySlab = 256 * 1024;  // Grows with what has come already.
constexpr std::size_t kMaxReserved = std::size_t{4} << 20;
constexpr std::size_t kKeptBodyBytes = 256 * 1024;  // Memory an idle connection may hold on to.
constexpr std::size_t kMaxLingerBytes = std::size_t{256} << 20;
constexpr std::chrono::seconds kMaxLinger{5};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

Answer refusal_of(ErrorKind kind, const std::string& text) { return answer_to(Error(kind, text)); }

Answer too_large(std::size_t limit) {
  Answer answer;
  answer.status = 413;
  answer.text = "the body is larger than " + std::to_string(limit) + " bytes\n";
  return answer;
}

Answer no_memory_for_body() {
  return refusal_of(ErrorKind::kResourceExhausted, "too many bodies are being received");
}

/// What keeps a request from being looked at further: a wrong path or method, no key.
std::optional<Answer> refusal_of(const Route& route, const auth::ApiKeys& keys,
                                 std::string_view authorization) {
  if (route.target == Route::Target::kNone) return route.refusal;
  if (!route.needs_key || keys.empty()) return std::nullopt;
  try {
    keys.check(authorization);
    return std::nullopt;
  } catch (const Error& e) {
    return answer_to(e);
  }
}

}  // namespace

HttpSession::HttpSession(net::ip::tcp::socket socket, SessionContext& context)
    : stream_(std::move(socket)), context_(context) {
  context_.nb_connections.fetch_add(1, std::memory_order_relaxed);
}

HttpSession::~HttpSession() { context_.nb_connections.fetch_sub(1, std::memory_order_relaxed); }

void HttpSession::start(std::function<void(HttpSession*)> ended) {
  ended_ = std::move(ended);
  error_code ignored;
  static_cast<void>(stream_.socket().set_option(net::ip::tcp::no_delay(true), ignored));
  net::co_spawn(stream_.get_executor(), run(shared_from_this()), net::detached);
}

void HttpSession::stop() {
  net::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->between_requests_) self->stream_.close();
  });
}

void HttpSession::abort() {
  net::post(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
}

net::awaitable<void> HttpSession::run(std::shared_ptr<HttpSession> self) {
  try {
    while (co_await self->serve_one()) {
    }
  } catch (const std::exception&) {
    // Only memory can be short here; the connection is closed, and its client comes again.
    requests_failed.add();
  }
  self->stream_.close();
  self->ended_(self.get());
}

net::awaitable<bool> HttpSession::serve_one() {
  between_requests_ = true;
  if (context_.stopping || !co_await wait_for_request()) co_return false;

  Parser parser;
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(context_.options.max_body_bytes);
  stream_.expires_after(context_.options.header_timeout);
  const auto [error, size] = co_await http::async_read_header(stream_, buffer_, parser, kAsTuple);
  between_requests_ = false;
  if (error) co_return co_await refuse_header(error);

  const auto& request = parser.get();
  version_ = request.version();
  const Route route = find_route(view(request.method_string()), view(request.target()),
                                 context_.options.take_telemetry);
  const bool head_only = request.method() == http::verb::head;
  const bool keep = request.keep_alive() && !context_.stopping;
  const auto refused =
      refusal_of(route, context_.options.keys, view(request[http::field::authorization]));
  if (!refused && route.needs_key) proven_ = true;
  if (!refused && route.target == Route::Target::kEnvelope) {
    co_return co_await serve_envelope(parser, route.kind, keep);
  }

  Answer answer;
  if (refused) {
    answer = *refused;
  } else if (route.target == Route::Target::kReady) {
    answer = co_await probe();
  } else if (route.target == Route::Target::kMetrics) {
    answer.text = context_.metrics();
  } else {
    answer.text = "ok\n";
  }
  // A body that nobody wants is not read: the connection ends with the answer.
  const bool has_body = !parser.is_done();
  const bool go_on = co_await send(std::move(answer), keep && !has_body, head_only);
  if (has_body) co_await linger();
  co_return go_on;
}

net::awaitable<bool> HttpSession::wait_for_request() {
  if (buffer_.size() > 0) co_return true;  // The client did not wait for our answer.
  // Who has not shown a key is somebody who holds a place for nothing.
  stream_.expires_after(is_proven() ? context_.options.idle_timeout
                                    : context_.options.header_timeout);
  const auto [error, size] =
      co_await stream_.async_read_some(buffer_.prepare(kFirstRead), kAsTuple);
  if (error) co_return false;
  buffer_.commit(size);
  co_return true;
}

net::awaitable<bool> HttpSession::refuse_header(error_code error) {
  Answer answer;
  if (error == http::error::body_limit) {
    answer = too_large(context_.options.max_body_bytes);
  } else if (error == http::error::header_limit) {
    answer.status = 431;
    answer.text = "the header is too large\n";
  } else if (error != http::error::end_of_stream && error != http::error::partial_message &&
             error.category() == make_error_code(http::error::end_of_stream).category()) {
    answer = refusal_of(ErrorKind::kMalformed, "not HTTP: " + error.message());
  } else {
    note_time_out(error);
    co_return false;
  }
  co_await send(std::move(answer), false, false);
  co_await linger();
  co_return false;
}

// Each of these is awaited where it is called, so what it refers to is there as long as it runs.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

net::awaitable<bool> HttpSession::serve_envelope(Parser& parser, EnvelopeKind kind, bool keep) {
  Answer answer;
  {
    MemoryBudget::Share share(context_.bodies);
    const std::size_t limit = max_body_bytes(kind, context_.options.max_body_bytes);
    switch (co_await read_body(parser, limit, share, answer)) {
      case BodyOutcome::kClosed:
        co_return false;
      case BodyOutcome::kRefused:
        co_await send(std::move(answer), false, false);
        co_await linger();
        co_return false;
      case BodyOutcome::kRead:
        break;
    }
    answer = co_await store(kind);
  }
  co_return co_await send(std::move(answer), keep && !context_.stopping, false);
}

net::awaitable<HttpSession::BodyOutcome> HttpSession::read_body(Parser& parser, std::size_t limit,
                                                                MemoryBudget::Share& share,
                                                                Answer& refusal) {
  body_.clear();
  if (parser.is_done()) co_return BodyOutcome::kRead;
  const auto size = parser.content_length_remaining();
  if (size && *size > limit) {
    refusal = too_large(limit);
    co_return BodyOutcome::kRefused;
  }
  stream_.expires_after(context_.options.body_timeout);
  if (beast::iequals(parser.get()[http::field::expect], "100-continue") &&
      !co_await send_continue()) {
    co_return BodyOutcome::kClosed;
  }
  if (parser.chunked()) co_return co_await read_chunked_body(parser, limit, share, refusal);
  co_return co_await read_sized_body(size ? *size : 0, share, refusal);
}

// Reads past the parser, straight into the body: a large block is copied once less.
net::awaitable<HttpSession::BodyOutcome> HttpSession::read_sized_body(std::size_t size,
                                                                      MemoryBudget::Share& share,
                                                                      Answer& refusal) {
  // A length is a promise: memory is touched as the bytes come, not before.
  body_.reserve(std::min(size, kMaxReserved));
  while (body_.size() < size) {
    const std::size_t have = body_.size();
    const std::size_t slab = std::min(size - have, std::max(kBodySlab, have));
    if (!share.grow_to(have + slab)) {
      refusal = no_memory_for_body();
      co_return BodyOutcome::kRefused;
    }
    body_.resize(have + slab);
    const std::size_t buffered = std::min(slab, buffer_.size());
    std::memcpy(body_.data() + have, buffer_.data().data(), buffered);
    buffer_.consume(buffered);
    if (buffered == slab) continue;
    const auto [error, got] = co_await net::async_read(
        stream_, net::buffer(body_.data() + have + buffered, slab - buffered), kAsTuple);
    if (error) {
      note_time_out(error);
      co_return BodyOutcome::kClosed;
    }
  }
  co_return BodyOutcome::kRead;
}

net::awaitable<HttpSession::BodyOutcome> HttpSession::read_chunked_body(Parser& parser,
                                                                        std::size_t limit,
                                                                        MemoryBudget::Share& share,
                                                                        Answer& refusal) {
  http::request_parser<http::vector_body<std::uint8_t>> chunks(std::move(parser));
  chunks.body_limit(limit);
  while (!chunks.is_done()) {
    const auto [error, got] = co_await http::async_read_some(stream_, buffer_, chunks, kAsTuple);
    if (error == http::error::body_limit) {
      refusal = too_large(limit);
      co_return BodyOutcome::kRefused;
    }
    if (error) {
      note_time_out(error);
      co_return BodyOutcome::kClosed;
    }
    if (!share.grow_to(chunks.get().body().capacity())) {
      refusal = no_memory_for_body();
      co_return BodyOutcome::kRefused;
    }
  }
  if (!share.grow_to(chunks.get().body().capacity() + chunks.get().body().size())) {
    refusal = no_memory_for_body();
    co_return BodyOutcome::kRefused;
  }
  const auto bytes = std::as_bytes(std::span(chunks.get().body()));
  body_.assign(bytes.begin(), bytes.end());
  co_return BodyOutcome::kRead;
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

net::awaitable<bool> HttpSession::send_continue() {
  http::response<http::empty_body> response{http::status::continue_, 11};
  const auto [error, size] = co_await http::async_write(stream_, response, kAsTuple);
  co_return !error;
}

net::awaitable<Answer> HttpSession::store(EnvelopeKind kind) {
  try {
    Envelope envelope = open_envelope(kind, body_);
    if (body_.capacity() > kKeptBodyBytes) body_ = Bytes();
    stream_.expires_never();
    co_await commit(context_.queue, std::move(envelope));
    co_return Answer{};
  } catch (const std::exception& e) {
    co_return answer_to(e);
  }
}

net::awaitable<Answer> HttpSession::probe() {
  try {
    stream_.expires_never();
    co_await commit_probe(context_.queue);
    co_return Answer{};
  } catch (const std::exception& e) {
    co_return answer_to(e);
  }
}

net::awaitable<bool> HttpSession::send(Answer answer, bool keep, bool head_only) {
  if (answer.status >= 500) {
    requests_failed.add();
  } else if (answer.status >= 400) {
    requests_refused.add();
  }
  http::response<http::string_body> response{static_cast<http::status>(answer.status), version_};
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (!answer.allow.empty()) response.set(http::field::allow, answer.allow);
  if (answer.status == 401) response.set(http::field::www_authenticate, "Bearer");
  if (answer.try_again) response.set(http::field::retry_after, "1");
  response.keep_alive(keep);
  response.content_length(answer.text.size());
  if (!head_only) response.body() = std::move(answer.text);

  stream_.expires_after(context_.options.answer_timeout);
  const auto [error, size] = co_await http::async_write(stream_, response, kAsTuple);
  if (error) note_time_out(error);
  co_return keep && !error;
}

net::awaitable<void> HttpSession::linger() {
  error_code ignored;
  static_cast<void>(stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored));
  stream_.expires_after(kMaxLinger);
  std::size_t dropped = 0;
  buffer_.clear();
  while (dropped < kMaxLingerBytes) {
    const auto [error, size] =
        co_await stream_.async_read_some(buffer_.prepare(kBodySlab), kAsTuple);
    if (error) break;
    dropped += size;
  }
}

void HttpSession::note_time_out(error_code error) const {
  if (error == beast::error::timeout) connections_timed_out.add();
}

}  // namespace micromegas::ingestion
