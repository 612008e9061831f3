#include "views/sql_text.h"

#include <algorithm>
#include <cstdint>

namespace micromegas::views {

std::string sql_time(Timestamp time) {
  const Timestamp finite{std::min(time.ns, INT64_MAX - 1)};
  return '\'' + to_rfc3339(finite) + "'::TIMESTAMPTZ_NS";
}

}  // namespace micromegas::views
