#include "views/process_instance.h"

#include <string>

#include "base/error.h"

namespace micromegas::views {

ProcessId parse_process_instance(const lake::Lake& lake, std::string_view view_set,
                                 std::string_view view_instance) {
  const std::string set(view_set);
  const std::string instance(view_instance);
  if (view_instance == "global") {
    throw invalid_argument(set +
                           " has no global instance: pass a process id, e.g. view_instance('" +
                           set + "', '<process_id>')");
  }
  const auto process = ProcessId::parse(view_instance);
  if (!process) {
    throw invalid_argument("view_instance('" + set + "', '" + instance + "'): '" + instance +
                           "' is not a UUID: pass a process id");
  }
  if (!lake.metadata().find_process(*process)) {
    throw invalid_argument("process " + process->to_string() + " not found");
  }
  return *process;
}

}  // namespace micromegas::views
