#include "sink/destination.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "sink/http_sink.h"
#include "sink/http_uploader.h"

namespace micromegas::sink {
namespace {

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) noexcept {
  return std::equal(
      text.begin(), text.end(), lower_case.begin(), lower_case.end(),
      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

/// `https://host` -> `https`; without a scheme: empty.
std::string_view scheme_of(std::string_view url) noexcept {
  const auto colon = url.find("://");
  return colon == std::string_view::npos ? std::string_view() : url.substr(0, colon);
}

std::string without_escapes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      plain += static_cast<char>(code);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

Destination open_server(const ResolvedOptions& options) {
  HttpOptions http = options.http;
  http.url = options.url;
  auto uploader = std::make_shared<HttpUploader>(std::move(http));
  Destination destination;
  destination.sink = std::make_unique<HttpSink>(uploader, options.compression_level);
  destination.statistics = [uploader = std::move(uploader)] { return uploader->statistics(); };
  return destination;
}

Destination open_lake(const ResolvedOptions& options, std::string& fault) {
  Destination destination;
  // `fault_of_url` has looked that it is there. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
  micromegas_open_lake_sink(
      {folder_of_url(options.url), options.http.limits, options.compression_level}, destination,
      fault);
  return destination;
}

bool is_file(std::string_view url) noexcept { return equals_ignoring_case(scheme_of(url), "file"); }

/// `http://key@host:9000/path` -> `host`.
std::string_view host_of(std::string_view url) noexcept {
  url.remove_prefix(scheme_of(url).size() + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.starts_with('[')) return url;  // An IPv6 address has colons of its own.
  return url.substr(0, url.find(':'));
}

}  // namespace

std::string fault_of_url(const std::string& url) {
  const std::string_view scheme = scheme_of(url);
  if (equals_ignoring_case(scheme, "http") || equals_ignoring_case(scheme, "https")) {
    if (host_of(url).empty()) return "the URL '" + url + "' names no host";
    return {};
  }
  if (!is_file(url)) return "the URL '" + url + "' is neither http:, https: nor file:";
  if (folder_of_url(url).empty()) return url + " names no folder: write file:///path/to/lake";
  if (micromegas_open_lake_sink == nullptr) {
    return url + " needs the library micromegas::lake_sink, which this program is not linked with";
  }
  return {};
}

Destination open_destination(const ResolvedOptions& options, std::string& fault) {
  fault = fault_of_url(options.url);
  if (!fault.empty()) return {};
  return is_file(options.url) ? open_lake(options, fault) : open_server(options);
}

std::string folder_of_url(const std::string& url) {
  std::string_view rest = url;
  rest.remove_prefix(std::min(scheme_of(url).size() + 3, rest.size()));
  constexpr std::string_view kThisMachine = "localhost";
  if (rest.starts_with(kThisMachine)) rest.remove_prefix(kThisMachine.size());
  if (!rest.starts_with('/')) return {};
  return without_escapes(rest);
}

}  // namespace micromegas::sink
