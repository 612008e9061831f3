#pragma once

#include <chrono>

#include <curl/curl.h>

namespace micromegas::sink {

/// What all our requests have in common: no signals, http and https only, connections kept alive,
/// the system's certificate authorities, or those that the environment names as it does for `curl`
/// (CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR). Certificates and host names are always checked.
///
/// Proxies are libcurl's business: http_proxy, https_proxy, ALL_PROXY, NO_PROXY.
void set_up(CURL* request, std::chrono::milliseconds timeout) noexcept;

}  // namespace micromegas::sink
