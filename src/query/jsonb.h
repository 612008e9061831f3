#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/messages.h"

namespace micromegas::query {

/// The binary JSON of `properties` columns. All integers are big-endian, 32 bits:
///
///   header   kind in the first hex digit (array 8, object 4, scalar 2), element count below
///   entries  one word per element (an object: all keys, then all values): type in bits 28 to 30
///            (0 null, 1 string, 2 number, 3 false, 4 true, 5 container), byte length below
///   bytes    of the keys and values, in the order of the entries
///
/// `{"name":"value"}` is 40000001 10000004 10000005 `namevalue`; `{}` is 40000000.

/// A property set as an object of strings, keys sorted; of equal keys the last wins.
std::string jsonb_of(const wire::Properties& properties);

/// The member of an object, key compared without regard to ASCII case: a string as it is, other
/// values as JSON. nullopt: no such member, null, or not an object. Throws
/// `Error{kInvalidArgument}` for bytes that are no JSONB.
std::optional<std::string> jsonb_property(std::string_view jsonb, std::string_view key);

/// Number of members of an object; nullopt for other values. Throws as above.
std::optional<std::int32_t> jsonb_length(std::string_view jsonb);

/// Compact JSON text. Throws as above.
std::string jsonb_to_json(std::string_view jsonb);

}  // namespace micromegas::query
