#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "loopback_server.h"
#include "wire/messages.h"

namespace micromegas::sink {

/// An event as a server reads it out of the blocks it got.
struct ReceivedEvent {
  std::string process_id;
  std::string stream_id;
  std::string type;  ///< `BeginThreadSpanEvent`, ...
  std::string name;
  std::string target;
};

/// What a server got, read with the decoders that servers use. Throws when something is malformed,
/// or when a stream or process of a block is missing.
struct ReceivedEvents {
  std::map<std::string, wire::ProcessInfo> processes;
  std::map<std::string, wire::StreamInfo> streams;
  std::vector<ReceivedEvent> events;

  /// How many spans of that name begin and end, in one process or all.
  int begins(const std::string& name, const std::string& process_id = "") const;
  int ends(const std::string& name, const std::string& process_id = "") const;
};

ReceivedEvents events_of(const std::vector<ReceivedRequest>& requests);

}  // namespace micromegas::sink
