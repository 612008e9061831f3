#pragma once

#include <memory>
#include <string>

#include "ingestion/http_server.h"
#include "ingestion/tests/http_client.h"
#include "lake/lake.h"
#include "lake/tests/temporary_folder.h"

namespace micromegas::ingestion {

inline constexpr const char* kInsertProcess = "/ingestion/insert_process";
inline constexpr const char* kInsertStream = "/ingestion/insert_stream";
inline constexpr const char* kInsertBlock = "/ingestion/insert_block";

/// A server over a fresh lake, on a free port.
class ServerUnderTest {
 public:
  explicit ServerUnderTest(HttpServerOptions options = {}) {
    options.port = 0;
    lake_ = lake::Lake::open({.folder = folder_.path()});
    server_ = HttpServer::start(lake_, options);
  }

  HttpServer& server() { return *server_; }
  lake::Lake& lake() { return *lake_; }
  int port() const { return server_->port(); }

  /// The status of a POST on a connection of its own; 0: none came.
  int post(const std::string& path, std::string_view body, std::string_view more_headers = "") {
    HttpClient client(port());
    const auto answer = client.post(path, body, more_headers);
    return answer ? answer->status : 0;
  }

 private:
  lake::TemporaryFolder folder_;
  std::shared_ptr<lake::Lake> lake_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace micromegas::ingestion
