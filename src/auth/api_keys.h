#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace micromegas::auth {

/// The keys that open this server's doors: ingestion over HTTP, queries over Flight. Both take them
/// as `Authorization: Bearer <key>`.
///
/// Immutable once made, hence shared freely between threads.
class ApiKeys {
 public:
  /// No keys: every door stands open.
  ApiKeys() = default;

  /// Reads `[{"name": "ci", "key": "secret"}, ...]`, the value of `MICROMEGAS_API_KEYS`; empty
  /// text: no keys. Throws `Error{kInvalidArgument}` saying what is wrong, never showing a key.
  static ApiKeys parse(std::string_view json);

  bool empty() const noexcept { return keys_.empty(); }

  /// Gives the name of the caller whose key `authorization` (the whole header value) holds. Throws
  /// `Error{kUnauthenticated}` when it is missing, of another form, or holds no key of ours. The
  /// time it takes says nothing about how much of a key was right.
  ///
  /// REQUIRES: not empty().
  const std::string& check(std::string_view authorization) const;

 private:
  struct Key {
    std::string name;
    std::string secret;
  };

  std::vector<Key> keys_;
};

}  // namespace micromegas::auth
