#include "sink/destination.h"

#include <cstdlib>
#include <string>

#include <catch2/catch.hpp>

#include "loopback_server.h"

namespace micromegas::sink {
namespace {

using namespace std::chrono_literals;

std::string fault_of(const std::string& url) {
  ResolvedOptions options;
  options.url = url;
  std::string fault;
  const Destination destination = open_destination(options, fault);
  CHECK((destination.sink == nullptr) == !fault.empty());
  return fault;
}

TEST_CASE("a URL says where events go, or why they cannot", "[destination]") {
  CHECK(fault_of("http://127.0.0.1:9").empty());
  CHECK(fault_of("HTTPS://127.0.0.1:9").empty());
  CHECK(fault_of("ftp://host") == "the URL 'ftp://host' is neither http:, https: nor file:");
  CHECK(fault_of("127.0.0.1:9000") ==
        "the URL '127.0.0.1:9000' is neither http:, https: nor file:");
  CHECK(fault_of("http://[::1]:9000/").empty());
  for (const std::string nowhere : {"http://", "https:///path", "http://:9000", "http://key@"}) {
    CHECK(fault_of(nowhere) == "the URL '" + nowhere + "' names no host");
  }
  CHECK(fault_of("file://lake") == "file://lake names no folder: write file:///path/to/lake");
  // This program is not linked with it.
  CHECK(fault_of("file:///lake") ==
        "file:///lake needs the library micromegas::lake_sink, which this program is not linked "
        "with");
}

TEST_CASE("a file URL names a folder", "[destination]") {
  CHECK(folder_of_url("file:///var/my%20lake") == "/var/my lake");
  CHECK(folder_of_url("file://localhost/lake/") == "/lake/");
  CHECK(folder_of_url("file:///100%") == "/100%");
  CHECK(folder_of_url("file:///a%2Fb%zz") == "/a/b%zz");
  CHECK(folder_of_url("file://elsewhere/lake").empty());
  CHECK(folder_of_url("file://").empty());
}

TEST_CASE("requests go through the proxy that the environment names", "[destination]") {
  LoopbackServer proxy;
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  HttpUploader uploader({.url = "http://ingestion.invalid:9000", .api_key = "secret"});
  uploader.post({Priority::kTraces, "/ingestion/insert_block", Bytes(3), 1});
  uploader.drain(std::chrono::steady_clock::now() + 5s);
  ::unsetenv("http_proxy");
  // A proxy is asked for the whole URL; only it has to find out who that is.
  REQUIRE(proxy.requests().size() == 1);
  CHECK(proxy.requests()[0].path == "http://ingestion.invalid:9000/ingestion/insert_block");
  CHECK(proxy.requests()[0].authorization == "Bearer secret");
  CHECK(uploader.statistics().sent == 1);
}

}  // namespace
}  // namespace micromegas::sink
