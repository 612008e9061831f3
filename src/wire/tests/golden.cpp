#include "golden.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <variant>

namespace micromegas::golden {
namespace {

Json f64_json(double number) {
  std::uint64_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  char text[32];
  std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(bits));
  return Json{{"$f64", text}};
}

Json bytes_json(ByteView bytes) {
  std::string hex;
  for (const std::byte byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned>(byte) >> 4];
    hex += kDigits[static_cast<unsigned>(byte) & 15];
  }
  return Json{{"$bytes", hex}};
}

Json properties_json(const wire::Properties& properties) {
  Json json = Json::object();
  for (const auto& [name, value] : properties) json[name] = value;
  return json;
}

}  // namespace

Bytes read_file(const std::string& name) {
  std::ifstream file(std::string{MICROMEGAS_GOLDEN_DIR} + '/' + name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + name);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

const Json& manifest() {
  static const Json kManifest = Json::parse(as_text(read_file("vectors.json")));
  return kManifest;
}

Json to_json(const transit::ObjectView& object) {
  Json json;
  json["$type"] = object.type_name();
  for (const transit::Member& member : object.members()) {
    json[std::string{member.name}] = to_json(object.value(member));
  }
  return json;
}

Json to_json(const transit::DependencyView& dependency) {
  switch (dependency.kind()) {
    case transit::DependencyView::Kind::kText:
      return dependency.text();
    case transit::DependencyView::Kind::kObject:
      return to_json(dependency.object());
    case transit::DependencyView::Kind::kPropertySet:
      break;
  }
  Json members = Json::array();
  for (std::uint32_t i = 0; i < dependency.nb_properties(); ++i) {
    const auto [name, value] = dependency.property(i);
    members.push_back(Json::array({name, value}));
  }
  return Json{{"$type", "property_set"}, {"$members", members}};
}

Json to_json(const transit::Value& value) {
  return std::visit(
      [](const auto& alternative) -> Json {
        using Alternative = std::decay_t<decltype(alternative)>;
        if constexpr (std::is_same_v<Alternative, double>) {
          return f64_json(alternative);
        } else if constexpr (std::is_same_v<Alternative, ByteView>) {
          return bytes_json(alternative);
        } else if constexpr (std::is_same_v<Alternative, transit::ObjectView> ||
                             std::is_same_v<Alternative, transit::DependencyView>) {
          return to_json(alternative);
        } else {
          return alternative;
        }
      },
      value.variant());
}

Json to_json(const transit::TypeTable& types) {
  Json json = Json::array();
  for (const transit::TypeDescription& type : types) {
    Json members = Json::array();
    for (const transit::MemberDescription& member : type.members) {
      members.push_back(Json{{"name", member.name},
                             {"type_name", member.type_name},
                             {"offset", member.offset},
                             {"size", member.size},
                             {"is_reference", member.is_reference}});
    }
    json.push_back(Json{{"name", type.name},
                        {"size", type.size},
                        {"is_reference", type.is_reference},
                        {"members", members}});
  }
  return json;
}

Json fields_of(const wire::ProcessInfo& process) {
  return Json{
      {"process_id", process.process_id.to_string()},
      {"exe", process.exe},
      {"username", process.username},
      {"realname", process.realname},
      {"computer", process.computer},
      {"distro", process.distro},
      {"cpu_brand", process.cpu_brand},
      {"tsc_frequency", process.tsc_frequency},
      {"start_time_unix_ns", process.start_time.ns},
      {"start_ticks", process.start_ticks.value},
      {"parent_process_id",
       process.parent_process_id ? Json(process.parent_process_id->to_string()) : Json(nullptr)},
      {"properties", properties_json(process.properties)}};
}

Json fields_of(const wire::StreamInfo& stream) {
  return Json{{"process_id", stream.process_id.to_string()},
              {"stream_id", stream.stream_id.to_string()},
              {"tags", stream.tags},
              {"properties", properties_json(stream.properties)},
              {"dependencies_metadata", to_json(stream.dependencies_metadata)},
              {"objects_metadata", to_json(stream.objects_metadata)}};
}

Json fields_of(const wire::BlockInfo& block) {
  return Json{
      {"block_id", block.block_id.to_string()},     {"stream_id", block.stream_id.to_string()},
      {"process_id", block.process_id.to_string()}, {"begin_time_unix_ns", block.begin_time.ns},
      {"begin_ticks", block.begin_ticks.value},     {"end_time_unix_ns", block.end_time.ns},
      {"end_ticks", block.end_ticks.value},         {"nb_objects", block.nb_objects},
      {"object_offset", block.object_offset}};
}

}  // namespace micromegas::golden
