#include "loopback_server.h"

#include <cstring>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace micromegas::sink {

namespace net = boost::asio;
namespace http = boost::beast::http;
using net::ip::tcp;

LoopbackServer::LoopbackServer(Answer answer, unsigned short port)
    : answer_(std::move(answer)),
      acceptor_(context_, tcp::endpoint(net::ip::address_v4::loopback(), port)),
      accepting_([this] { accept(); }) {}

LoopbackServer::~LoopbackServer() {
  // Shutting a listening socket down ends its accept; closing it would not.
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  accepting_.join();
  for (const auto& socket : sockets_) {
    boost::system::error_code ignored;
    static_cast<void>(socket->shutdown(tcp::socket::shutdown_both, ignored));
  }
  for (std::thread& thread : threads_) thread.join();
}

void LoopbackServer::set_text(const std::string& path, std::string text) {
  const std::lock_guard lock(mutex_);
  texts_[path] = std::move(text);
}

std::string LoopbackServer::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

std::vector<ReceivedRequest> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<ReceivedRequest> LoopbackServer::requests_to(const std::string& path) const {
  std::vector<ReceivedRequest> found = requests();
  std::erase_if(found, [&](const ReceivedRequest& request) { return request.path != path; });
  return found;
}

void LoopbackServer::accept() {
  for (;;) {
    auto socket = std::make_unique<Socket>(context_);
    boost::system::error_code error;
    static_cast<void>(acceptor_.accept(*socket, error));
    if (error) return;
    ++nb_connections_;
    sockets_.push_back(std::move(socket));
    threads_.emplace_back([this, accepted = sockets_.back().get()] { serve(accepted); });
  }
}

void LoopbackServer::serve(Socket* socket) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{64} << 20);
    boost::system::error_code error;
    http::read(*socket, buffer, parser, error);
    if (error) return;
    const auto& message = parser.get();
    ReceivedRequest request;
    request.path = std::string(message.target());
    request.authorization = std::string(message[http::field::authorization]);
    request.body.resize(message.body().size());
    if (!request.body.empty()) {
      std::memcpy(request.body.data(), message.body().data(), request.body.size());
    }
    http::response<http::string_body> response{http::status::ok, 11};
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = static_cast<int>(requests_.size());
      if (keeps_) requests_.push_back(request);
      const auto text = texts_.find(request.path);
      if (text != texts_.end()) response.body() = text->second;
    }
    response.result(answer_(request, number));
    response.keep_alive(true);
    response.prepare_payload();
    http::write(*socket, response, error);
    if (error) return;
  }
}

std::string url_of_nobody() {
  net::io_context context;
  const tcp::acceptor taken(context, tcp::endpoint(net::ip::address_v4::loopback(), 0));
  return "http://127.0.0.1:" + std::to_string(taken.local_endpoint().port());
}

}  // namespace micromegas::sink
