#pragma once

#include <string>

#include "apps/micromegas/timeline/timeline.h"

namespace micromegas::cli {

/// The timeline as a standing picture: one SVG document, light or dark as the viewer prefers.
std::string timeline_as_svg(const Timeline& timeline);

}  // namespace micromegas::cli
