#include "ingestion/answer.h"

#include <algorithm>

#include "base/error.h"

namespace micromegas::ingestion {
namespace {

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kMalformed:
      return 400;
    case ErrorKind::kUnauthenticated:
      return 401;
    case ErrorKind::kPermissionDenied:
      return 403;
    case ErrorKind::kUnavailable:
    case ErrorKind::kResourceExhausted:
    case ErrorKind::kCancelled:
      return 503;
    case ErrorKind::kUnimplemented:
    case ErrorKind::kInternal:
      return 500;
  }
  return 500;
}

std::string one_line(std::string text) {
  // A message may quote what a client sent.
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return text + '\n';
}

}  // namespace

Answer answer_to(const std::exception& failure) {
  const auto* error = dynamic_cast<const Error*>(&failure);
  Answer answer;
  answer.status = error == nullptr ? 500 : status_of(error->kind());
  answer.try_again = answer.status == 503;
  answer.text = one_line(failure.what());
  return answer;
}

}  // namespace micromegas::ingestion
