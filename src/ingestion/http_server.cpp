#include "ingestion/http_server.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <spdlog/spdlog.h>

#include "base/error.h"
#include "ingestion/http_session.h"
#include "ingestion/ingestion_counters.h"
#include "ingestion/log_throttle.h"

namespace micromegas::ingestion {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

constexpr std::chrono::milliseconds kAcceptPause{100};

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Retry-After: 1\r\nConnection: close\r\nContent-Length: 21\r\n\r\ntoo many connections\n";

class Server final : public HttpServer {
 public:
  Server(std::shared_ptr<lake::Lake> lake, const HttpServerOptions& options);
  ~Server() override { stop(); }

  int port() const override { return port_; }
  void stop() override;

 private:
  void listen(const std::string& host, int port);
  static net::awaitable<void> accept(Server* server);
  void begin(tcp::socket socket);
  bool make_room();
  void end(HttpSession* session);
  void end_sessions();

  // First: what is left of a coroutine is destroyed with `io_`, and refers to it.
  SessionContext context_;
  net::io_context io_;
  net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
  tcp::acceptor acceptor_{net::make_strand(io_)};
  int port_ = 0;

  std::mutex mutex_;
  std::condition_variable quiet_;
  std::unordered_map<HttpSession*, std::weak_ptr<HttpSession>> sessions_;
  std::unordered_set<HttpSession*> evicted_;  ///< Those that are being closed for others.
  std::once_flag stopped_;
  std::vector<std::thread> threads_;
};

Server::Server(std::shared_ptr<lake::Lake> lake, const HttpServerOptions& options)
    : context_(std::move(lake), options) {
  listen(options.host, options.port);
  net::co_spawn(acceptor_.get_executor(), accept(this), net::detached);
  const std::size_t threads =
      options.threads > 0 ? options.threads : std::max(2U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
}

void Server::listen(const std::string& host, int port) {
  const auto fail = [&](const std::string& why) {
    return unavailable("cannot listen on http " + host + ':' + std::to_string(port) + ": " + why);
  };
  error_code error;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error) throw fail(error.message());
  const tcp::endpoint endpoint = found.begin()->endpoint();
  try {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(net::socket_base::max_listen_connections);
  } catch (const boost::system::system_error& refused) {
    throw fail(refused.code().message());
  }
  port_ = acceptor_.local_endpoint().port();
}

net::awaitable<void> Server::accept(Server* server) {
  constexpr auto kAsTuple = net::as_tuple(net::use_awaitable);
  net::steady_timer pause(server->acceptor_.get_executor());
  LogThrottle failures;
  while (!server->context_.stopping) {
    tcp::socket socket(net::make_strand(server->io_));
    const auto [error] = co_await server->acceptor_.async_accept(socket, kAsTuple);
    std::string reason = error.message();
    if (!error) {
      try {
        server->begin(std::move(socket));
        continue;
      } catch (const std::exception& e) {
        reason = e.what();
      }
    }
    if (server->context_.stopping) co_return;
    if (error == net::error::connection_aborted) continue;
    // Out of file descriptors or memory, for one: those who hold them will give some back.
    if (const std::size_t count = failures.note(1); count > 0) {
      spdlog::warn("cannot accept connections: {} ({} times since the last such line)", reason,
                   count);
    }
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(kAsTuple);
  }
}

void Server::begin(tcp::socket socket) {
  connections_accepted.add();
  if (context_.nb_connections.load() >= context_.options.max_connections && !make_room()) {
    error_code ignored;
    static_cast<void>(socket.non_blocking(true, ignored));
    socket.write_some(net::buffer(kTooManyConnections), ignored);
    requests_failed.add();
    return;
  }
  const auto session = std::make_shared<HttpSession>(std::move(socket), context_);
  {
    const std::lock_guard lock(mutex_);
    if (context_.stopping) return;
    sessions_.emplace(session.get(), session);
  }
  try {
    session->start([this](HttpSession* ended) { end(ended); });
  } catch (...) {
    end(session.get());
    throw;
  }
}

// Among many that say nothing, one with something to say must find a place: the oldest of them
// goes.
bool Server::make_room() {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<HttpSession> oldest;
  for (const auto& [address, weak] : sessions_) {
    auto session = weak.lock();
    if (!session || session->is_proven() || evicted_.contains(address)) continue;
    if (!oldest || session->begin() < oldest->begin()) oldest = std::move(session);
  }
  if (!oldest) return false;
  evicted_.insert(oldest.get());
  connections_evicted.add();
  oldest->abort();
  return true;
}

void Server::end(HttpSession* session) {
  // Notified under the lock: once the waiter sees no sessions, this object may go.
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
  evicted_.erase(session);
  quiet_.notify_all();
}

void Server::end_sessions() {
  std::unique_lock lock(mutex_);
  for (const auto& [address, weak] : sessions_) {
    if (const auto session = weak.lock()) session->stop();
  }
  const auto none_left = [this] { return sessions_.empty(); };
  if (quiet_.wait_for(lock, context_.options.stop_grace, none_left)) return;
  spdlog::warn("closing {} connections whose requests did not end in time", sessions_.size());
  for (const auto& [address, weak] : sessions_) {
    if (const auto session = weak.lock()) session->abort();
  }
  quiet_.wait_for(lock, std::chrono::seconds(1), none_left);
}

void Server::stop() {
  std::call_once(stopped_, [this] {
    context_.stopping = true;
    net::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      static_cast<void>(acceptor_.close(ignored));
    });
    end_sessions();
    context_.queue.stop();  // What was taken is stored, also for clients that are gone.
    work_.reset();
    io_.stop();
    for (auto& thread : threads_) thread.join();
    error_code ignored;
    static_cast<void>(acceptor_.close(ignored));
  });
}

}  // namespace

SessionContext::SessionContext(std::shared_ptr<lake::Lake> lake,
                               const HttpServerOptions& with_options)
    : options(with_options),
      bodies(with_options.max_body_memory),
      queue(std::move(lake), {.max_queued_bytes = with_options.max_queued_bytes,
                              .max_queued_envelopes = with_options.max_queued_requests}) {}

std::string SessionContext::metrics() const {
  std::string text = render_counters();
  const auto gauge = [&](const char* name, const char* help, std::size_t value) {
    text += std::string("# HELP ") + name + ' ' + help + "\n# TYPE " + name + " gauge\n" + name +
            ' ' + std::to_string(value) + '\n';
  };
  gauge("micromegas_ingestion_connections", "Open connections", nb_connections);
  gauge("micromegas_ingestion_body_bytes", "Bytes of bodies being received", bodies.used());
  gauge("micromegas_ingestion_queued_requests", "Requests waiting to be stored",
        queue.queued_envelopes());
  gauge("micromegas_ingestion_queued_bytes", "Bytes waiting to be stored", queue.queued_bytes());
  return text;
}

std::unique_ptr<HttpServer> HttpServer::start(std::shared_ptr<lake::Lake> lake,
                                              const HttpServerOptions& options) {
  return std::make_unique<Server>(std::move(lake), options);
}

}  // namespace micromegas::ingestion
