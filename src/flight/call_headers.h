#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "query/engine.h"

namespace micromegas::flight {

/// Finds the value of a call header (lower case name); nullopt when the call has none.
using HeaderLookup = std::function<std::optional<std::string_view>(std::string_view name)>;

/// What a call's headers say about its query:
///
///   query_range_begin, query_range_end   RFC 3339; a range only when both are there and not empty
///   limit                                rows at most
///   preserve_dictionary                  `true` keeps dictionary encoding
///
/// Throws `Error{kInvalidArgument}` naming the header that cannot be read.
query::RequestOptions request_options(const HeaderLookup& header);

/// `python`, `grafana`, ...: who says it calls, for the audit log; printable and short.
std::string client_type(const HeaderLookup& header);

}  // namespace micromegas::flight
