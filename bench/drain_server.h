#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace micromegas {

/// An ingestion server that swallows everything and answers 200, in a process of its own: what it
/// costs is not the program's that is measured. Make it before any thread.
class DrainServer {
 public:
  DrainServer() {
    const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listening < 0 || ::bind(listening, generic, size) != 0 || ::listen(listening, 16) != 0 ||
        ::getsockname(listening, generic, &size) != 0) {
      std::abort();
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    process_ = ::fork();
    if (process_ == 0) serve(listening);
    ::close(listening);
  }

  ~DrainServer() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  DrainServer(const DrainServer&) = delete;
  DrainServer& operator=(const DrainServer&) = delete;

  const std::string& url() const { return url_; }

 private:
  [[noreturn]] static void serve(int listening) {
    for (;;) {
      const int connection = ::accept(listening, nullptr, nullptr);
      if (connection >= 0) std::thread(answer_all, connection).detach();
    }
  }

  static void answer_all(int connection) {
    constexpr std::string_view kEndOfHead = "\r\n\r\n";
    constexpr std::string_view kLength = "Content-Length: ";
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    std::string waiting;
    std::vector<char> buffer(1 << 16);
    for (;;) {
      std::size_t end = 0;
      while ((end = waiting.find(kEndOfHead)) == std::string::npos) {
        const ssize_t got = ::read(connection, buffer.data(), buffer.size());
        if (got <= 0) return;
        waiting.append(buffer.data(), static_cast<std::size_t>(got));
      }
      const std::size_t at = waiting.find(kLength);
      std::size_t left = std::strtoull(waiting.c_str() + at + kLength.size(), nullptr, 10);
      waiting.erase(0, end + kEndOfHead.size());
      const std::size_t there = std::min(left, waiting.size());
      waiting.erase(0, there);
      for (left -= there; left > 0;) {
        const ssize_t got = ::read(connection, buffer.data(), std::min(left, buffer.size()));
        if (got <= 0) return;
        left -= static_cast<std::size_t>(got);
      }
      if (::write(connection, kAnswer.data(), kAnswer.size()) < 0) return;
    }
  }

  std::string url_;
  pid_t process_ = 0;
};

}  // namespace micromegas
