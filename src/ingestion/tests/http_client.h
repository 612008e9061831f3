#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace micromegas::ingestion {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
};

/// One plain connection to a server on loopback, told byte by byte what to send: tests want to be
/// rude in ways that no HTTP library lets them.
class HttpClient {
 public:
  explicit HttpClient(int port);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// False: the server has closed the connection.
  bool send(std::string_view bytes);

  /// nullopt: the connection ended first, or nothing came within `patience`.
  std::optional<HttpAnswer> read_answer(bool head_only = false);

  /// True when the server closes the connection within `patience`.
  bool is_closed();

  /// A POST with its length, and the answer.
  std::optional<HttpAnswer> post(std::string_view path, std::string_view body,
                                 std::string_view more_headers = "");
  std::optional<HttpAnswer> get(std::string_view path, std::string_view more_headers = "");

  std::chrono::milliseconds patience{10'000};

 private:
  bool fill();

  int socket_;
  std::string received_;
};

/// The head of a POST, for those who send the body themselves.
std::string post_head(std::string_view path, std::size_t content_length,
                      std::string_view more_headers = "");

}  // namespace micromegas::ingestion
