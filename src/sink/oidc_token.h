#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <micromegas/start.h>

namespace micromegas::sink {

struct OidcToken {
  std::string access_token;
  std::chrono::seconds lifetime{0};  ///< 0: the provider does not say.
};

/// The body of the request for a token, application/x-www-form-urlencoded.
std::string token_request(const OidcCredentials& credentials);

/// Reads the JSON that a provider answers with. None: it is not JSON, or holds no usable token.
std::optional<OidcToken> read_token_answer(std::string_view json);

/// A token can stand in a header: no control characters, no blanks.
bool is_header_safe(std::string_view token) noexcept;

}  // namespace micromegas::sink
