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

/// The view sets of this server. docs/reference/views.md documents them all, with queries; in
/// short:
///
/// ## async_events
///
/// Each begin and end of an async span, over all thread streams of one process. There is no
/// 'global' instance: `view_instance('async_events', '<process_id>')`. Partitions are materialised
/// just in time.
///
/// | column         | type                    |                                                 |
/// |----------------|-------------------------|-------------------------------------------------|
/// | stream_id      | Dictionary(Int32, Utf8) | thread on which the event happened              |
/// | block_id       | Dictionary(Int32, Utf8) | block that brought it                           |
/// | time           | Timestamp(ns, +00:00)   | when it happened                                |
/// | event_type     | Dictionary(Int32, Utf8) | "begin" or "end"                                |
/// | span_id        | Int64                   | unique in the process                           |
/// | parent_span_id | Int64, null             | span open when it was created; NULL for a root  |
/// | depth          | UInt32                  | 0 for a root, else the parent's + 1             |
/// | hash           | UInt32                  | identifies call site and name                   |
/// | name           | Dictionary(Int32, Utf8) | of the span, usually a function                 |
/// | filename       | Dictionary(Int32, Utf8) | source file of the call site                    |
/// | target         | Dictionary(Int32, Utf8) | module or category                              |
/// | line           | UInt32                  | in that file                                    |
///
/// ## async_spans
///
/// One row per span: its begin paired with its end, wherever and whenever they were recorded. Same
/// instances; derived from async_events. A range keeps the spans that overlap it. Its columns:
/// docs/reference/views.md, or `DESCRIBE SELECT * FROM view_instance('async_spans', ...)`.
///
/// ## processes, streams, blocks
///
/// Tables, read straight from the lake's metadata: `metadata_tables.h`.
ViewFactory default_view_factory();

}  // namespace micromegas::views
