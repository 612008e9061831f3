#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "views/view.h"

namespace micromegas::lake {
class Lake;
}

namespace micromegas::views {

/// What `list_view_sets()` shows of a view set.
struct ViewSetDescription {
  std::string view_set_name;
  std::string current_schema_hash;         ///< Raw bytes.
  std::string schema;                      ///< Columns and types as text, for people.
  bool has_view_maker = false;             ///< `view_instance` makes instances.
  bool global_instance_available = false;  ///< A table of that name exists.
};

/// Makes the views of one view set.
class ViewMaker {
 public:
  virtual ~ViewMaker() = default;

  virtual ViewSetDescription describe() const = 0;

  /// Throws `Error{kInvalidArgument}` naming the argument: 'global' where there is no global
  /// instance, text that is not a UUID, a process that the lake does not know ("process ... not
  /// found").
  virtual std::shared_ptr<const View> make_view(const lake::Lake& lake,
                                                std::string_view view_instance) const = 0;
};

/// Knows all view sets by name.
class ViewFactory {
 public:
  void add_view_set(std::unique_ptr<ViewMaker> maker);

  /// Throws `Error{kInvalidArgument}` naming the view set and those that exist.
  const ViewMaker& find(std::string_view view_set) const;

  /// All view sets, those with a maker and the tables (`processes`, `streams`, `blocks`), by name.
  std::vector<ViewSetDescription> describe() const;

 private:
  std::map<std::string, std::unique_ptr<ViewMaker>, std::less<>> makers_;
};

/// The view sets of this server; its header comment documents each of their tables.
ViewFactory default_view_factory();

}  // namespace micromegas::views
