#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <micromegas/start.h>

#include "sink/http_uploader.h"
#include "tracing/recorder.h"
#include "tracing/setting_words.h"

namespace micromegas::sink {

/// What a program is recorded with: its own options, for what they leave out the environment's, for
/// what that leaves out our defaults.
struct ResolvedOptions {
  tracing::RecorderOptions recorder;
  std::string url;  ///< Empty: it goes to no server and no lake.
  LogLevel console = LogLevel::kOff;
  HttpOptions http;  ///< All but the URL. Its limits are those of other destinations too.
  int compression_level = 0;

  /// Why nothing may be recorded with such options, in one line: a setting on which secrecy depends
  /// cannot be followed. Empty: they are fine.
  std::string fault;

  /// What of the environment made no sense and is as if it were not said, in a line for each
  /// variable.
  std::vector<std::string> complaints;
};

ResolvedOptions resolve(const TelemetryOptions& options);

/// Passes our id on to child processes.
void announce_to_children(ProcessId process_id);

/// `k=v,k=v`; what is not of that form is passed over, and told of if `misread` is given. The first
/// of several equal names counts.
tracing::Properties parse_properties(std::string_view text, tracing::Misread* misread = nullptr);

}  // namespace micromegas::sink
