#include "recorded_messages.h"

#include "transit/block_reader.h"
#include "transit/value.h"

namespace micromegas::tracing {
namespace {

std::string text_of(const transit::ObjectView& object, const char* member) {
  return std::string(object.text(object.get(member)));
}

std::string properties_of(const transit::DependencyView& set) {
  std::string text;
  for (std::uint32_t i = 0; i < set.nb_properties(); ++i) {
    const auto [name, value] = set.property(i);
    text += (text.empty() ? "" : " ") + std::string(name) + '=' + std::string(value);
  }
  return text;
}

Message read_message(const transit::ObjectView& event, StreamKind kind) {
  Message message;
  message.type = event.type_name();
  message.time = event.i64(event.get("time"));
  const transit::ObjectView site = event.object(event.get("desc"));
  message.target = text_of(site, "target");
  message.file = text_of(site, "file");
  message.line = site.u32(site.get("line"));
  if (const transit::Member* properties = event.find("properties")) {
    message.properties = properties_of(event.dependency(*properties));
  }
  if (kind == StreamKind::kLog) {
    const transit::Member* text = event.find("msg");
    message.text = text != nullptr ? std::string(event.text(*text)) : text_of(site, "fmt_str");
    message.level = site.u32(site.get("level"));
    return message;
  }
  message.name = text_of(site, "name");
  message.unit = text_of(site, "unit");
  const transit::Value value = event.value(event.get("value"));
  const auto number = value.f64();
  message.value = number ? *number : static_cast<double>(*value.u64());
  return message;
}

}  // namespace

std::vector<Message> read_messages(const ClosedBlock& block) {
  const transit::StreamTypes& types = block.kind == StreamKind::kLog
                                          ? transit::log_stream_types()
                                          : transit::metrics_stream_types();
  const transit::StreamPlan plan{types.dependencies, types.objects};
  transit::BlockReader reader;
  reader.open(plan, block.dependencies, block.objects);
  std::vector<Message> messages;
  while (reader.next()) messages.push_back(read_message(reader.event(), block.kind));
  return messages;
}

}  // namespace micromegas::tracing
