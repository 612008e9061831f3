#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace micromegas::transit {

/// One member of a fixed-size type: where it lies in the body, and how to read it.
/// Wire format section 2.3 (docs/formats/wire-format.md).
struct MemberDescription {
  std::string name;
  std::string type_name;  ///< `u64`, `i64`, ... or the name of another type of the same table.
  std::uint32_t offset = 0;
  std::uint32_t size = 0;  ///< Bytes.
  bool is_reference = false;

  friend bool operator==(const MemberDescription&, const MemberDescription&) = default;
};

/// A user-defined type (UDT): what a stream says of the records in its blocks.
struct TypeDescription {
  std::string name;        ///< Selects the reader.
  std::uint32_t size = 0;  ///< Bytes of an instance; 0: each instance has its size in front.
  bool is_reference = false;
  std::vector<MemberDescription> members;

  friend bool operator==(const TypeDescription&, const TypeDescription&) = default;
};

/// The types of one buffer. A record names its type by the position in this table.
using TypeTable = std::vector<TypeDescription>;

}  // namespace micromegas::transit
