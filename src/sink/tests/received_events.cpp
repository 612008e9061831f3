#include "received_events.h"

#include <algorithm>

#include "transit/block_reader.h"
#include "wire/lz4_frame.h"

namespace micromegas::sink {
namespace {

/// The name and target of a span event, whichever of its shapes it has.
void read_site(const transit::ObjectView& object, ReceivedEvent& event) {
  const bool async = object.find("span_id") != nullptr;
  const bool named = object.find("name") != nullptr;
  const char* record = async ? (named ? "span_location" : "span_desc")
                             : (named ? "thread_span_location" : "thread_span_desc");
  const transit::ObjectView site = object.object(object.get(record));
  event.target = site.text(site.get("target"));
  event.name = named ? object.text(object.get("name")) : site.text(site.get("name"));
}

void read_block(const wire::BlockMessage& block, const wire::StreamInfo& stream,
                std::vector<ReceivedEvent>& events) {
  Bytes dependencies;
  Bytes objects;
  wire::decompress_frame(block.payload.dependencies, dependencies);
  wire::decompress_frame(block.payload.objects, objects);
  const transit::StreamPlan plan(stream.dependencies_metadata, stream.objects_metadata);
  transit::BlockReader reader;
  reader.open(plan, dependencies, objects);
  while (reader.next()) {
    const transit::ObjectView& object = reader.event();
    ReceivedEvent event{block.info.process_id.to_string(), block.info.stream_id.to_string(),
                        std::string(object.type_name()), "", ""};
    if (event.type.find("Span") != std::string::npos) read_site(object, event);
    events.push_back(std::move(event));
  }
}

int count(const std::vector<ReceivedEvent>& events, const char* prefix, const std::string& name,
          const std::string& process_id) {
  return static_cast<int>(
      std::count_if(events.begin(), events.end(), [&](const ReceivedEvent& event) {
        return event.name == name && event.type.starts_with(prefix) &&
               (process_id.empty() || event.process_id == process_id);
      }));
}

}  // namespace

int ReceivedEvents::begins(const std::string& name, const std::string& process_id) const {
  return count(events, "Begin", name, process_id);
}

int ReceivedEvents::ends(const std::string& name, const std::string& process_id) const {
  return count(events, "End", name, process_id);
}

ReceivedEvents events_of(const std::vector<ReceivedRequest>& requests) {
  ReceivedEvents received;
  for (const ReceivedRequest& request : requests) {
    if (request.path == "/ingestion/insert_process") {
      wire::ProcessInfo process = wire::decode_process(request.body);
      received.processes[process.process_id.to_string()] = std::move(process);
    } else if (request.path == "/ingestion/insert_stream") {
      wire::StreamInfo stream = wire::decode_stream(request.body);
      received.streams[stream.stream_id.to_string()] = std::move(stream);
    }
  }
  for (const ReceivedRequest& request : requests) {
    if (request.path != "/ingestion/insert_block") continue;
    const wire::BlockMessage block = wire::decode_block(request.body);
    received.processes.at(block.info.process_id.to_string());
    read_block(block, received.streams.at(block.info.stream_id.to_string()), received.events);
  }
  return received;
}

}  // namespace micromegas::sink
