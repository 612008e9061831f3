#include "flight/authentication.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <arrow/flight/middleware.h>
#include <arrow/flight/server.h>
#include <arrow/flight/server_auth.h>
#include <arrow/flight/server_middleware.h>
#include <arrow/util/base64.h>

#include "flight/flight_status.h"

namespace micromegas::flight {
namespace {

constexpr char kName[] = "micromegas-authentication";
constexpr std::string_view kBasic = "Basic ";

/// Goes with a call: whose it is and, after a handshake, the token that its answer names.
class Caller : public arrow::flight::ServerMiddleware {
 public:
  Caller(std::string caller, std::string answer)
      : caller_(std::move(caller)), answer_(std::move(answer)) {}

  std::string name() const override { return kName; }
  const std::string& caller() const { return caller_; }

  void SendingHeaders(arrow::flight::AddCallHeaders* headers) override {
    if (!answer_.empty()) headers->AddHeader("authorization", answer_);
  }
  void CallCompleted(const arrow::Status&) override {}

 private:
  std::string caller_;
  std::string answer_;
};

/// `user:password` of a Basic header becomes the bearer of its password.
std::string bearer_of_basic(std::string_view authorization) {
  const auto decoded = arrow::util::base64_decode(authorization.substr(kBasic.size()));
  if (!decoded.ok()) return {};
  const auto colon = decoded->find(':');
  return colon == std::string::npos ? std::string() : "Bearer " + decoded->substr(colon + 1);
}

class Authentication : public arrow::flight::ServerMiddlewareFactory {
 public:
  explicit Authentication(auth::ApiKeys keys) : keys_(std::move(keys)) {}

  arrow::Status StartCall(const arrow::flight::CallInfo& info,
                          const arrow::flight::ServerCallContext& context,
                          std::shared_ptr<arrow::flight::ServerMiddleware>* middleware) override {
    const auto& headers = context.incoming_headers();
    const auto header = headers.find("authorization");
    std::string authorization(header == headers.end() ? std::string_view() : header->second);
    const bool handshake = info.method == arrow::flight::FlightMethod::Handshake;
    if (handshake && authorization.starts_with(kBasic)) {
      authorization = bearer_of_basic(authorization);
    }
    std::string caller = "-";
    if (keys_.empty()) {
      authorization = "Bearer anonymous";  // Clients insist on a token, whatever it is.
    } else {
      try {
        caller = keys_.check(authorization);
      } catch (const Error&) {
        return status_of(Error(ErrorKind::kUnauthenticated, "invalid token"));
      }
    }
    *middleware = std::make_shared<Caller>(std::move(caller),
                                           handshake ? std::move(authorization) : std::string());
    return arrow::Status::OK();
  }

 private:
  const auth::ApiKeys keys_;
};

}  // namespace

void add_authentication(arrow::flight::FlightServerOptions& options, auth::ApiKeys keys) {
  // Without a handler, Arrow refuses the handshake before any middleware is asked.
  options.auth_handler = std::make_shared<arrow::flight::NoOpAuthHandler>();
  options.middleware.emplace_back(kName, std::make_shared<Authentication>(std::move(keys)));
}

std::string caller_of(const arrow::flight::ServerCallContext& context) {
  const auto* middleware = context.GetMiddleware(kName);
  return middleware == nullptr ? "-" : static_cast<const Caller*>(middleware)->caller();
}

}  // namespace micromegas::flight
