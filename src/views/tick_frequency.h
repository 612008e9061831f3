#pragma once

#include <optional>

#include "base/time.h"
#include "lake/metadata_store.h"
#include "views/tick_converter.h"

namespace micromegas::views {

/// How far a process is known to have come: the maxima over the blocks of its streams.
struct ProcessProgress {
  Ticks last_end_ticks;     ///< Greatest, relative to the process's start.
  Timestamp last_end_time;  ///< Greatest.
};

/// The frequency that all ticks of a process are converted with, in ticks per second; zero or less:
/// they cannot be.
///
/// It is `tsc_frequency` where the process knew it. Else it is estimated once from the latest
/// block, kept in the lake, and estimated again only when the process has run for twice as long as
/// the kept estimate covers. So an estimate improves while there is little to rebuild, and all
/// servers use the same: they agree by compare-and-set.
std::int64_t effective_frequency(lake::MetadataStore& metadata, const wire::ProcessInfo& process,
                                 const ProcessProgress& progress);

/// The converter of a process whose effective frequency is usable, else nothing. The start is cut
/// to the microsecond, as the original's database does.
std::optional<TickConverter> converter_of(const wire::ProcessInfo& process, std::int64_t frequency);

}  // namespace micromegas::views
