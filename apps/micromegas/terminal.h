#pragma once

#include <cstddef>

namespace micromegas::cli {

/// What is known of the terminal behind a file descriptor.
struct Terminal {
  bool is_terminal = false;  ///< False for files and pipes: the rest is then without meaning.
  std::size_t width = 0;     ///< Cells; 80 when the terminal does not tell.
  bool colours = false;      ///< False with NO_COLOR or a dumb terminal.
};

/// `fd` is 1 for standard output, 2 for standard error.
Terminal terminal_of(int fd);

}  // namespace micromegas::cli
