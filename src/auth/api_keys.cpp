#include "auth/api_keys.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace micromegas::auth {
namespace {

constexpr std::string_view kVariable = "MICROMEGAS_API_KEYS";
constexpr std::string_view kScheme = "Bearer ";

Error bad_setting(const std::string& what) {
  return invalid_argument(std::string(kVariable) + ": " + what +
                          R"( (expected [{"name": "...", "key": "..."}, ...]))");
}

std::string required_text(const nlohmann::json& entry, const char* member, std::size_t position) {
  const std::string where = "entry " + std::to_string(position);
  if (!entry.is_object()) throw bad_setting(where + " is not an object");
  const auto found = entry.find(member);
  if (found == entry.end() || !found->is_string()) {
    throw bad_setting(where + ": '" + member + "' is missing or not a text");
  }
  auto text = found->get<std::string>();
  if (text.empty()) throw bad_setting(where + ": '" + member + "' is empty");
  return text;
}

/// Looks at every byte of `presented`, however early the two differ.
bool same_in_constant_time(std::string_view presented, std::string_view secret) noexcept {
  unsigned char difference = presented.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < presented.size(); ++i) {
    difference =
        static_cast<unsigned char>(difference | (presented[i] ^ secret[i % secret.size()]));
  }
  return difference == 0;
}

/// The name of a scheme may be written in any case (RFC 9110).
bool has_bearer_scheme(std::string_view authorization) noexcept {
  if (authorization.size() < kScheme.size()) return false;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    const char expected = i == 0 ? 'b' : kScheme[i];
    if (lower != expected) return false;
  }
  return true;
}

}  // namespace

ApiKeys ApiKeys::parse(std::string_view json) {
  ApiKeys keys;
  if (json.empty()) return keys;
  // Without exceptions: a parser's message quotes the text, and the text holds keys.
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (list.is_discarded()) throw bad_setting("not JSON");
  if (!list.is_array() || list.empty()) throw bad_setting("not a list with at least one key");
  for (std::size_t i = 0; i < list.size(); ++i) {
    keys.keys_.push_back({required_text(list[i], "name", i), required_text(list[i], "key", i)});
  }
  return keys;
}

const std::string& ApiKeys::check(std::string_view authorization) const {
  if (authorization.empty()) {
    throw Error(ErrorKind::kUnauthenticated, "no key: send 'Authorization: Bearer <key>'");
  }
  if (!has_bearer_scheme(authorization)) {
    throw Error(ErrorKind::kUnauthenticated, "the Authorization header is not 'Bearer <key>'");
  }
  const std::string_view presented = authorization.substr(kScheme.size());
  const Key* match = nullptr;
  for (const Key& key : keys_) {  // All of them, whichever fits.
    if (same_in_constant_time(presented, key.secret)) match = &key;
  }
  if (match == nullptr) throw Error(ErrorKind::kUnauthenticated, "the key is not known");
  return match->name;
}

}  // namespace micromegas::auth
