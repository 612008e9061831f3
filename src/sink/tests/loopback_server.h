#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/byte_view.h"

namespace micromegas::sink {

/// A request as the server saw it.
struct ReceivedRequest {
  std::string path;
  std::string authorization;
  Bytes body;
};

/// An HTTP server on the loopback interface that answers as a test tells it.
class LoopbackServer {
 public:
  /// Given the request and its number (from 0), the status to answer with.
  using Answer = std::function<unsigned(const ReceivedRequest& request, int number)>;

  /// `port` 0: any that is free.
  explicit LoopbackServer(
      Answer answer = [](const ReceivedRequest&, int) { return 200u; }, unsigned short port = 0);

  /// Closes all connections, answered or not.
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  /// From now on `requests` sees no further ones: for servers that get more than memory holds.
  void keep_nothing() noexcept { keeps_ = false; }

  /// Requests to `path` are answered with this text from now on.
  void set_text(const std::string& path, std::string text);

  std::string url() const;
  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  int nb_connections() const { return nb_connections_; }
  std::vector<ReceivedRequest> requests() const;
  std::vector<ReceivedRequest> requests_to(const std::string& path) const;

 private:
  using Socket = boost::asio::ip::tcp::socket;

  void accept();
  void serve(Socket* socket);

  Answer answer_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<int> nb_connections_{0};
  std::atomic<bool> keeps_{true};
  mutable std::mutex mutex_;
  std::vector<ReceivedRequest> requests_;
  std::map<std::string, std::string> texts_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

/// The address of a port on which nobody listens.
std::string url_of_nobody();

}  // namespace micromegas::sink
