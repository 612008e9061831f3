#pragma once

#include <exception>
#include <string>

namespace micromegas::ingestion {

/// What a request is answered with.
struct Answer {
  int status = 200;
  std::string text;        ///< Of text/plain; one line, or the metrics.
  std::string allow;       ///< Of a 405: the methods that would do.
  bool try_again = false;  ///< Sends `Retry-After`.
};

/// The status that fits the kind of an `Error`: what the caller must change is 4xx and will be
/// dropped by a producer; what may pass is 5xx and will be sent again.
Answer answer_to(const std::exception& failure);

}  // namespace micromegas::ingestion
