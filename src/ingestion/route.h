#pragma once

#include <string_view>

#include "ingestion/answer.h"
#include "ingestion/envelope.h"

namespace micromegas::ingestion {

/// What a request asks for.
struct Route {
  enum class Target {
    kEnvelope,  ///< Store the body, an envelope of `kind`.
    kHealth,    ///< Does the process live?
    kReady,     ///< Would storing work now?
    kMetrics,
    kNone,  ///< Nothing of ours: `refusal` says why.
  };

  Target target = Target::kNone;
  EnvelopeKind kind = EnvelopeKind::kProcess;
  bool needs_key = true;
  Answer refusal;
};

/// Finds the route of `method` and `target` (path and query). HEAD passes for GET. Unless this
/// process is to `take_telemetry`, whatever would store something is not found.
Route find_route(std::string_view method, std::string_view target, bool take_telemetry);

}  // namespace micromegas::ingestion
