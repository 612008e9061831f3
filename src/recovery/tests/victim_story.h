#pragma once

#include "replayed_blocks.h"
#include "victim.h"

namespace micromegas::recovery {

/// Checks what is said of the victim's spans, one after the other from its beginning: properties,
/// where it waited, why it failed. REQUIRES: it has delivered nothing.
void check_story(const Victim& victim, const ReplayedBlocks& replayed);

/// Checks that every log and metric bears the properties that were handed down to it, and its own.
void check_properties_of_messages(const ReplayedBlocks& replayed);

}  // namespace micromegas::recovery
