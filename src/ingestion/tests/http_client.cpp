#include "ingestion/tests/http_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace micromegas::ingestion {

HttpClient::HttpClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

HttpClient::~HttpClient() { ::close(socket_); }

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpClient::fill() {
  pollfd ready{socket_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return false;
  std::array<char, 65536> chunk;
  const ssize_t got = ::recv(socket_, chunk.data(), chunk.size(), 0);
  if (got <= 0) return false;
  received_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<HttpAnswer> HttpClient::read_answer(bool head_only) {
  std::size_t head_end;
  while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  HttpAnswer answer;
  answer.status = std::stoi(received_.substr(received_.find(' ') + 1, 3));
  std::size_t at = received_.find("\r\n") + 2;
  while (at < head_end + 2) {
    const std::size_t end = received_.find("\r\n", at);
    const std::string line = received_.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers[name] = line.substr(colon + 2);
    at = end + 2;
  }
  received_.erase(0, head_end + 4);
  const auto length = answer.headers.find("content-length");
  const std::size_t size = length == answer.headers.end() ? 0 : std::stoul(length->second);
  if (head_only) return answer;
  while (received_.size() < size) {
    if (!fill()) return std::nullopt;
  }
  answer.body = received_.substr(0, size);
  received_.erase(0, size);
  return answer;
}

bool HttpClient::is_closed() {
  pollfd ready{socket_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return false;
  char byte;
  return ::recv(socket_, &byte, 1, MSG_PEEK) <= 0;
}

std::optional<HttpAnswer> HttpClient::post(std::string_view path, std::string_view body,
                                           std::string_view more_headers) {
  if (!send(post_head(path, body.size(), more_headers) + std::string(body))) return std::nullopt;
  return read_answer();
}

std::optional<HttpAnswer> HttpClient::get(std::string_view path, std::string_view more_headers) {
  send("GET " + std::string(path) + " HTTP/1.1\r\nhost: test\r\n" + std::string(more_headers) +
       "\r\n");
  return read_answer();
}

std::string post_head(std::string_view path, std::size_t content_length,
                      std::string_view more_headers) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\naccept: */*\r\nhost: test\r\ncontent-length: " +
         std::to_string(content_length) + "\r\n" + std::string(more_headers) + "\r\n";
}

}  // namespace micromegas::ingestion
