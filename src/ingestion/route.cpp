#include "ingestion/route.h"

#include <array>
#include <string>

namespace micromegas::ingestion {
namespace {

struct Endpoint {
  std::string_view path;
  Route::Target target;
  EnvelopeKind kind = EnvelopeKind::kProcess;
  bool needs_key = true;
};

constexpr std::array kEndpoints{
    Endpoint{"/ingestion/insert_block", Route::Target::kEnvelope, EnvelopeKind::kBlock},
    Endpoint{"/ingestion/insert_stream", Route::Target::kEnvelope, EnvelopeKind::kStream},
    Endpoint{"/ingestion/insert_process", Route::Target::kEnvelope, EnvelopeKind::kProcess},
    Endpoint{"/health", Route::Target::kHealth, EnvelopeKind::kProcess, false},
    Endpoint{"/ready", Route::Target::kReady, EnvelopeKind::kProcess, false},
    Endpoint{"/metrics", Route::Target::kMetrics},
};

Route refuse(int status, std::string text, std::string allow = "") {
  Route route;
  route.needs_key = false;
  route.refusal.status = status;
  route.refusal.text = std::move(text);
  route.refusal.allow = std::move(allow);
  return route;
}

}  // namespace

Route find_route(std::string_view method, std::string_view target, bool take_telemetry) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (const Endpoint& endpoint : kEndpoints) {
    if (path != endpoint.path) continue;
    const bool posts = endpoint.target == Route::Target::kEnvelope;
    if (posts && !take_telemetry) {
      return refuse(404, "not found: this process does not have the role 'ingestion'\n");
    }
    const bool fits = posts ? method == "POST" : method == "GET" || method == "HEAD";
    if (!fits) {
      const char* allow = posts ? "POST" : "GET, HEAD";
      return refuse(405, std::string("method not allowed here: ") + allow + '\n', allow);
    }
    return {endpoint.target, endpoint.kind, endpoint.needs_key, {}};
  }
  return refuse(404, "not found\n");
}

}  // namespace micromegas::ingestion
