#include "apps/micromegas/serve/activity_log.h"

#include <spdlog/fmt/fmt.h>

#include "ingestion/ingestion_counters.h"

namespace micromegas::cli {

ActivityLog::ActivityLog() : last_(now()) {}

ActivityLog::Counts ActivityLog::now() {
  return {ingestion::blocks_stored.value(),        ingestion::blocks_repeated.value(),
          ingestion::payload_bytes_stored.value(), ingestion::processes_stored.value(),
          ingestion::streams_stored.value(),       ingestion::commits.value(),
          ingestion::requests_refused.value(),     ingestion::requests_failed.value()};
}

std::string ActivityLog::sum_up() {
  const Counts before = last_;
  last_ = now();
  const std::uint64_t messages = last_.blocks - before.blocks + last_.processes - before.processes +
                                 last_.streams - before.streams;
  const std::uint64_t refused = last_.refused - before.refused;
  const std::uint64_t failed = last_.failed - before.failed;
  if (messages + refused + failed == 0) return "";
  return fmt::format(
      "stored {} blocks ({:.1f} MB, {} repeated), {} processes, {} streams in {} commits; refused "
      "{}, failed {}",
      last_.blocks - before.blocks, static_cast<double>(last_.bytes - before.bytes) / 1e6,
      last_.repeated - before.repeated, last_.processes - before.processes,
      last_.streams - before.streams, last_.commits - before.commits, refused, failed);
}

}  // namespace micromegas::cli
