#pragma once

#include "replayed_blocks.h"
#include "victim.h"

namespace micromegas::recovery {

/// Checks that every event, detail, log and metric that the victim counted has been delivered or is
/// replayed, once; of each kind and thread at most one more.
void check_counts(const Victim& victim, const ReplayedBlocks& replayed);

}  // namespace micromegas::recovery
