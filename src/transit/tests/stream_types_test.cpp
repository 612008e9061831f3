// Our type tables against those that the original announces (tests/golden/vectors.json).
#include "transit/stream_types.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace micromegas::transit {
namespace {

using Json = nlohmann::json;

Json to_json(const TypeTable& types) {
  Json json = Json::array();
  for (const TypeDescription& type : types) {
    Json members = Json::array();
    for (const MemberDescription& member : type.members) {
      members.push_back({{"name", member.name},
                         {"type_name", member.type_name},
                         {"offset", member.offset},
                         {"size", member.size},
                         {"is_reference", member.is_reference}});
    }
    json.push_back({{"name", type.name},
                    {"size", type.size},
                    {"is_reference", type.is_reference},
                    {"members", members}});
  }
  return json;
}

/// Types that are only nested in others come last, in an order that changes from process to
/// process.
Json with_nested_types_sorted(Json types) {
  const auto is_nested = [](const Json& type) {
    return type["is_reference"] == true || type["name"] == "Property";
  };
  const auto first = std::find_if(types.begin(), types.end(), is_nested);
  CHECK(std::all_of(first, types.end(), is_nested));
  std::sort(first, types.end(), [](const Json& a, const Json& b) { return a["name"] < b["name"]; });
  return types;
}

/// What is ours in the types of async spans: how a span ended, and where in an event each member
/// lies.
Json with_the_originals_layout(Json types) {
  const std::map<std::string, int> offsets{{"span_desc", 0}, {"span_location", 0},   {"name", 8},
                                           {"span_id", 8},   {"parent_span_id", 16}, {"time", 24},
                                           {"depth", 32}};
  for (Json& type : types) {
    const std::string name = type["name"];
    if (name.find("Async") == std::string::npos) continue;
    Json& members = type["members"];
    const bool has_outcome = members.back()["name"] == "outcome";
    CHECK(has_outcome == name.starts_with("End"));
    if (has_outcome) members.erase(members.size() - 1);
    for (Json& member : members) {
      const std::string of = member["name"];
      const bool after_name = name.find("Named") != std::string::npos && offsets.at(of) > 0;
      member["offset"] = offsets.at(of) + (after_name && of != "name" ? 16 : 0);
    }
  }
  return types;
}

TEST_CASE(
    "our streams describe their types as the original does, but for the layout and outcome of "
    "async spans",
    "[stream_types]") {
  std::ifstream file(std::string{MICROMEGAS_GOLDEN_DIR} + "/vectors.json");
  int compared = 0;
  const Json manifest = Json::parse(file);
  for (const Json& stream : manifest["streams"]) {
    if (stream.contains("origin")) continue;
    const Json& fields = stream["fields"];
    const std::string tag = fields["tags"][0];
    if (tag == "image") continue;
    INFO(stream["file"]);
    const StreamTypes& types = tag == "log"       ? log_stream_types()
                               : tag == "metrics" ? metrics_stream_types()
                                                  : thread_stream_types();
    CHECK(with_nested_types_sorted(to_json(types.dependencies)) ==
          with_nested_types_sorted(fields["dependencies_metadata"]));
    CHECK(with_nested_types_sorted(with_the_originals_layout(to_json(types.objects))) ==
          with_nested_types_sorted(fields["objects_metadata"]));
    ++compared;
  }
  CHECK(compared == 6);
}

TEST_CASE("exactly the ends of async spans have an outcome", "[stream_types]") {
  std::string with_outcome;
  for (const TypeDescription& type : thread_stream_types().objects) {
    for (const MemberDescription& member : type.members) {
      if (member.name == "outcome") with_outcome += type.name + ' ';
    }
  }
  CHECK(with_outcome == "EndAsyncSpanEvent EndAsyncNamedSpanEvent ");
}

}  // namespace
}  // namespace micromegas::transit
