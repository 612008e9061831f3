#include "views/tick_frequency.h"

namespace micromegas::views {
namespace {

bool has_doubled(std::int64_t ticks, std::int64_t covered) {
  return ticks > covered && (covered <= 0 || ticks / 2 >= covered);
}

}  // namespace

std::int64_t effective_frequency(lake::MetadataStore& metadata, const wire::ProcessInfo& process,
                                 const ProcessProgress& progress) {
  if (process.tsc_frequency > 0) return process.tsc_frequency;

  const auto known = metadata.tick_estimate(process.process_id);
  const std::int64_t ticks = progress.last_end_ticks.value;
  if (known && !has_doubled(ticks, known->ticks_covered)) return known->frequency;

  // Both ends cut to the microsecond, as they are in the original's database.
  const lake::TickEstimate next{
      estimate_frequency(process.start_time.floor_to_microsecond(), progress.last_end_ticks,
                         progress.last_end_time.floor_to_microsecond()),
      ticks};
  return metadata.replace_tick_estimate(process.process_id, known, next).frequency;
}

std::optional<TickConverter> converter_of(const wire::ProcessInfo& process,
                                          std::int64_t frequency) {
  if (frequency <= 0) return std::nullopt;
  return TickConverter(process.start_time.floor_to_microsecond(), process.start_ticks, frequency);
}

}  // namespace micromegas::views
