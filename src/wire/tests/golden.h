#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/byte_view.h"
#include "transit/block_reader.h"
#include "transit/type_description.h"
#include "wire/messages.h"

namespace micromegas::golden {

/// JSON with the members of an object in the order in which they were written.
using Json = nlohmann::ordered_json;

/// The manifest of the vectors: what the original's own parser makes of its bytes.
const Json& manifest();

/// A file beside the manifest.
Bytes read_file(const std::string& name);

// Values of ours in the spelling of the manifest.

Json to_json(const transit::Value& value);
Json to_json(const transit::DependencyView& dependency);
Json to_json(const transit::ObjectView& object);
Json to_json(const transit::TypeTable& types);
Json fields_of(const wire::ProcessInfo& process);
Json fields_of(const wire::StreamInfo& stream);
Json fields_of(const wire::BlockInfo& block);

}  // namespace micromegas::golden
