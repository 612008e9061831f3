#include "testing/block_events.h"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "transit/block_reader.h"
#include "transit/value.h"

namespace micromegas::testing {
namespace {

using transit::Member;
using transit::ObjectView;

std::string text_of(const ObjectView& object, const char* member) {
  return std::string(object.text(object.get(member)));
}

std::string property_of(const tracing::StreamDescription& stream, std::string_view wanted) {
  for (const auto& [name, value] : stream.properties) {
    if (name == wanted) return value;
  }
  return {};
}

Properties properties_of(const ObjectView& object) {
  Properties properties;
  const Member* member = object.find("properties");
  if (member == nullptr) return properties;
  const transit::DependencyView set = object.dependency(*member);
  for (std::uint32_t i = 0; i < set.nb_properties(); ++i) {
    const auto [name, value] = set.property(i);
    properties.emplace_back(name, value);
  }
  return properties;
}

/// The record that says where in the source the event comes from.
const Member* find_site(const ObjectView& object) noexcept {
  for (const char* name :
       {"span_desc", "span_location", "thread_span_desc", "thread_span_location", "desc"}) {
    if (const Member* member = object.find(name)) return member;
  }
  return nullptr;
}

void read_site(const ObjectView& site, BlockEvent& event) {
  event.target = text_of(site, "target");
  event.file = text_of(site, "file");
  event.line = site.u32(site.get("line"));
  if (site.find("name") != nullptr) event.name = text_of(site, "name");
  if (site.find("unit") != nullptr) event.unit = text_of(site, "unit");
  if (site.find("fmt_str") != nullptr) event.name = text_of(site, "fmt_str");
  if (site.find("level") != nullptr) event.level = site.u32(site.get("level"));
}

BlockEvent read_event(const ObjectView& object) {
  BlockEvent event;
  event.type = object.type_name();
  if (const Member* time = object.find("time")) event.time = object.i64(*time);
  if (const Member* site = find_site(object)) read_site(object.object(*site), event);
  if (object.find("name") != nullptr) event.name = text_of(object, "name");
  if (object.find("msg") != nullptr) event.name = text_of(object, "msg");
  if (object.find("message") != nullptr) event.name = text_of(object, "message");
  if (const Member* id = object.find("span_id")) event.span_id = object.u64(*id);
  if (const Member* id = object.find("parent_span_id")) event.parent_span_id = object.u64(*id);
  if (const Member* depth = object.find("depth")) event.depth = object.u32(*depth);
  if (const Member* outcome = object.find("outcome")) event.outcome = object.u32(*outcome);
  if (const Member* value = object.find("value")) {
    const transit::Value number = object.value(*value);
    event.value = number.f64() ? *number.f64() : static_cast<double>(object.u64(*value));
  }
  event.properties = properties_of(object);
  return event;
}

}  // namespace

void append_events(const tracing::StreamDescription& stream, const KeptBlock& block,
                   std::vector<BlockEvent>& events) {
  const transit::StreamPlan plan(stream.types().dependencies, stream.types().objects);
  const std::string thread = property_of(stream, "thread-name");
  const std::int64_t thread_id = std::atoll(property_of(stream, "thread-id").c_str());
  transit::BlockReader reader;
  reader.open(plan, block.dependencies, block.objects);
  while (reader.next()) {
    events.push_back(read_event(reader.event()));
    events.back().stream_id = stream.stream_id;
    events.back().thread = thread;
    events.back().thread_id = thread_id;
  }
}

}  // namespace micromegas::testing
