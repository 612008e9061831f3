#include "base/printable.h"

#include <algorithm>

namespace micromegas {

std::string printable_line(std::string_view text, std::size_t most_characters) {
  text = text.substr(0, text.find_first_of("\r\n"));
  std::string line(text.substr(0, most_characters));
  std::replace_if(line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  if (text.size() > most_characters) line += "...";
  return line;
}

}  // namespace micromegas
