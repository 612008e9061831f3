#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "test_lake.h"

namespace micromegas::views {

/// tests/golden: what the original recorded, and what it makes of it.
class GoldenRecording {
 public:
  GoldenRecording();

  const nlohmann::json& manifest() const { return manifest_; }

  ProcessId process_id() const { return process_.process_id; }
  const wire::ProcessInfo& process() const { return process_; }
  const std::vector<wire::StreamInfo>& streams() const { return streams_; }
  const std::vector<wire::BlockMessage>& blocks() const { return blocks_; }

  void ingest_process_and_streams(const TestLake& lake) const;
  void ingest_all(const TestLake& lake) const;

  /// The rows that `async_events` must have, by the manifest and wire format section 6. Sorted.
  std::vector<EventRow> expected_async_events() const;

  static Bytes read_file(const std::string& name);

 private:
  nlohmann::json manifest_;
  wire::ProcessInfo process_;
  std::vector<wire::StreamInfo> streams_;
  std::vector<wire::BlockMessage> blocks_;
};

}  // namespace micromegas::views
