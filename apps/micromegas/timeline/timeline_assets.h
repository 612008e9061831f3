#pragma once

#include <string_view>

namespace micromegas::cli {

/// The files beside this one, built into the program: pictures need nothing else to open.
extern const std::string_view kPictureCss;
extern const std::string_view kViewerCss;
extern const std::string_view kViewerJs;

}  // namespace micromegas::cli
