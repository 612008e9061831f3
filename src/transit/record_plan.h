#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "transit/decode_error.h"
#include "transit/object_layout.h"
#include "transit/type_description.h"

namespace micromegas::transit {

/// How to read the fields of a dynamic event, in the order of the body.
struct DynamicField {
  enum class Kind : std::uint8_t {
    kU8,
    kU32,
    kI64,
    kReference,    ///< A 64-bit id.
    kNested,       ///< An instance of a type of the table: `RecordPlan::nested`.
    kCodedText,    ///< Codec, length, bytes.
    kTextToEnd,    ///< UTF-8 up to the end of the body.
    kCountedBytes  ///< 32-bit length, bytes.
  };

  Kind kind;
  std::uint32_t field;  ///< Its position among the members of the object.
};

/// How to read the records of one type of a table. Made once per stream.
struct RecordPlan {
  enum class Reader : std::uint8_t {
    kFixed,                   ///< Members at fixed places of the body.
    kDynamicEvent,            ///< One of the known dynamic events.
    kOpaque,                  ///< A dynamic event of unknown name: an object without members.
    kStaticString,            ///< The dependencies that are read by name.
    kStaticStringDependency,  //
    kPropertySet,             //
    kFaulty,                  ///< `fault` is raised when a record of this type is met.
  };
  struct Fault {
    DecodeFault what;
    std::string detail;
  };

  Reader reader = Reader::kFaulty;
  std::uint32_t size = 0;                 ///< Of each body; 0: each record has its own in front.
  std::vector<std::uint32_t> references;  ///< Where the 64-bit ids lie in the body.
  const ObjectLayout* layout = nullptr;

  /// Of a type marked as reference: the member `id`, whose value an instance stands for.
  const Member* stands_for = nullptr;
  /// Of a dependency of fixed size: the member it is known by.
  const Member* id = nullptr;

  std::vector<DynamicField> fields;    ///< Of a dynamic event.
  std::unique_ptr<RecordPlan> nested;  ///< Of a dynamic event, or the `Property` of a set.
  std::vector<std::string_view> reference_names;  ///< For error texts; parallel to `references`.
  std::optional<Fault> fault;
};

/// Makes the plans of one table's types. The table outlives plans and layouts.
class RecordPlanner {
 public:
  using Layouts = std::vector<std::unique_ptr<ObjectLayout>>;

  /// Layouts are added to `layouts`, which keep them where they are.
  RecordPlanner(const TypeTable& table, Layouts& layouts);

  /// Of a type whose members lie at fixed places. One that cannot be read gives a plan that says
  /// why.
  RecordPlan plan_fixed(std::size_t type_index);
  RecordPlan plan_fixed(std::string_view type_name);

  /// Of a type in the objects table.
  RecordPlan plan_event(std::size_t type_index);

  /// Of a type in the dependencies table.
  RecordPlan plan_dependency(std::size_t type_index);

 private:
  friend class LayoutMaker;

  RecordPlan plan_dynamic_event(std::size_t type_index);
  void plan_property(RecordPlan& set);
  void plan_object_dependency(std::size_t type_index, RecordPlan& plan);
  ObjectLayout& add_layout(std::size_t type_index);

  const TypeTable& table_;
  Layouts& layouts_;
  std::unordered_map<std::string_view, std::size_t> first_by_name_;
};

/// For error texts, which show names that strangers chose.
std::string shortened(std::string_view name);

}  // namespace micromegas::transit
