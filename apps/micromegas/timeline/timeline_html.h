#pragma once

#include <string>

#include "apps/micromegas/timeline/timeline.h"

namespace micromegas::cli {

/// The timeline as one page that opens without a network: zoom, pan, tips, a filter, families of
/// spans.
std::string timeline_as_html(const Timeline& timeline);

}  // namespace micromegas::cli
