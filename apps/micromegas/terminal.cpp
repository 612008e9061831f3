#include "apps/micromegas/terminal.h"

#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace micromegas::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;

bool colours_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  return term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

Terminal terminal_of(int fd) {
  if (isatty(fd) == 0) return {};
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return {true, known ? size.ws_col : kUsualWidth, colours_wanted()};
}

}  // namespace micromegas::cli
