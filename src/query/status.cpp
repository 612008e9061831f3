#include "query/status.h"

#include <memory>
#include <string>

namespace micromegas::query {
namespace {

constexpr char kTypeId[] = "micromegas::Error";

class ErrorDetail : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(ErrorKind kind) : kind_(kind) {}

  const char* type_id() const override { return kTypeId; }
  std::string ToString() const override { return std::string(to_string(kind_)); }
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace

arrow::Status to_status(const Error& error) {
  return {arrow::StatusCode::UnknownError, error.what(),
          std::make_shared<ErrorDetail>(error.kind())};
}

Error to_error(const arrow::Status& status) {
  const auto& detail = status.detail();
  if (detail != nullptr && detail->type_id() == kTypeId) {
    return Error(static_cast<const ErrorDetail&>(*detail).kind(), status.message());
  }
  if (status.IsOutOfMemory()) return Error(ErrorKind::kResourceExhausted, status.message());
  return Error(ErrorKind::kInternal, status.ToString());
}

}  // namespace micromegas::query
