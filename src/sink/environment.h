#pragma once

#include <string>

#include <micromegas/start.h>

#include "tracing/recorder.h"

namespace micromegas::sink {

/// What a program is recorded with: its own options, for what they leave out the environment's, for
/// what that leaves out our defaults.
struct ResolvedOptions {
  tracing::RecorderOptions recorder;
  std::string url;  ///< Empty: it is not recorded.
  std::string api_key;
};

ResolvedOptions resolve(const TelemetryOptions& options);

/// Passes our id on to child processes.
void announce_to_children(ProcessId process_id);

/// `k=v,k=v`; what is not of that form is ignored. The first of several equal names counts.
tracing::Properties parse_properties(std::string_view text);

}  // namespace micromegas::sink
