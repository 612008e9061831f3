#include "sink/curl_setup.h"

#include <cstdlib>

namespace micromegas::sink {
namespace {

const char* environment(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

// The library knows the system's authorities; reading the variables is left to its users.
void set_authorities(CURL* request) noexcept {
  const char* file = environment("CURL_CA_BUNDLE");
  if (file == nullptr) file = environment("SSL_CERT_FILE");
  if (file != nullptr) curl_easy_setopt(request, CURLOPT_CAINFO, file);
  if (const char* folder = environment("SSL_CERT_DIR")) {
    curl_easy_setopt(request, CURLOPT_CAPATH, folder);
  }
}

}  // namespace

void set_up(CURL* request, std::chrono::milliseconds timeout) noexcept {
  curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(request, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(request, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(request, CURLOPT_USERAGENT, "micromegas-cpp");
  set_authorities(request);
}

}  // namespace micromegas::sink
