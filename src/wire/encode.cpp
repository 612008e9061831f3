// The encoding half of messages.h. Built without exceptions: the HTTP sink of instrumented programs
// links it.
#include "wire/cbor_writer.h"
#include "wire/messages.h"

namespace micromegas::wire {
namespace {

/// As the original writes a process's start: UTC with a `Z`, fractional digits in threes, as few as
/// hold the value.
std::string to_short_rfc3339(Timestamp time) {
  std::string text = to_rfc3339(time);
  text.pop_back();
  while (text.ends_with("000")) text.resize(text.size() - 3);
  if (text.back() == '.') text.pop_back();
  return text + 'Z';
}

/// As the original writes the times of a block: nine fractional digits and a numeric offset.
std::string to_offset_rfc3339(Timestamp time) {
  std::string text = to_rfc3339(time);
  text.pop_back();
  return text + "+00:00";
}

void write_properties(CborWriter& cbor, const Properties& properties) {
  cbor.map(properties.size());
  for (const auto& [name, value] : properties) {
    cbor.text(name);
    cbor.text(value);
  }
}

void write_type_table(CborWriter& cbor, const transit::TypeTable& types) {
  cbor.array(types.size());
  for (const transit::TypeDescription& type : types) {
    cbor.map(4);
    cbor.text("name");
    cbor.text(type.name);
    cbor.text("size");
    cbor.unsigned_integer(type.size);
    cbor.text("members");
    cbor.array(type.members.size());
    for (const transit::MemberDescription& member : type.members) {
      cbor.map(5);
      cbor.text("name");
      cbor.text(member.name);
      cbor.text("type_name");
      cbor.text(member.type_name);
      cbor.text("offset");
      cbor.unsigned_integer(member.offset);
      cbor.text("size");
      cbor.unsigned_integer(member.size);
      cbor.text("is_reference");
      cbor.boolean(member.is_reference);
    }
    cbor.text("is_reference");
    cbor.boolean(type.is_reference);
  }
}

void write_payload(CborWriter& cbor, const BlockPayload& payload) {
  cbor.map(2);
  cbor.text("dependencies");
  cbor.bytes(payload.dependencies);
  cbor.text("objects");
  cbor.bytes(payload.objects);
}

}  // namespace

Bytes encode_process(const ProcessInfo& process) {
  Bytes out;
  CborWriter cbor(out);
  cbor.map(12);
  cbor.text("process_id");
  cbor.text(process.process_id.to_string());
  cbor.text("exe");
  cbor.text(process.exe);
  cbor.text("username");
  cbor.text(process.username);
  cbor.text("realname");
  cbor.text(process.realname);
  cbor.text("computer");
  cbor.text(process.computer);
  cbor.text("distro");
  cbor.text(process.distro);
  cbor.text("cpu_brand");
  cbor.text(process.cpu_brand);
  cbor.text("tsc_frequency");
  cbor.integer(process.tsc_frequency);
  cbor.text("start_time");
  cbor.text(to_short_rfc3339(process.start_time));
  cbor.text("start_ticks");
  cbor.integer(process.start_ticks.value);
  cbor.text("parent_process_id");
  if (process.parent_process_id) {
    cbor.text(process.parent_process_id->to_string());
  } else {
    cbor.null();
  }
  cbor.text("properties");
  write_properties(cbor, process.properties);
  return out;
}

Bytes encode_stream(const StreamInfo& stream) {
  Bytes out;
  CborWriter cbor(out);
  cbor.map(6);
  cbor.text("process_id");
  cbor.text(stream.process_id.to_string());
  cbor.text("stream_id");
  cbor.text(stream.stream_id.to_string());
  cbor.text("dependencies_metadata");
  write_type_table(cbor, stream.dependencies_metadata);
  cbor.text("objects_metadata");
  write_type_table(cbor, stream.objects_metadata);
  cbor.text("tags");
  cbor.array(stream.tags.size());
  for (const std::string& tag : stream.tags) cbor.text(tag);
  cbor.text("properties");
  write_properties(cbor, stream.properties);
  return out;
}

Bytes encode_block(const BlockMessage& block) {
  Bytes out;
  // The keys and all but the payload take some 350 bytes; a block is encoded once per send.
  out.reserve(block.payload.dependencies.size() + block.payload.objects.size() + 512);
  CborWriter cbor(out);
  const BlockInfo& info = block.info;
  cbor.map(10);
  cbor.text("block_id");
  cbor.text(info.block_id.to_string());
  cbor.text("stream_id");
  cbor.text(info.stream_id.to_string());
  cbor.text("process_id");
  cbor.text(info.process_id.to_string());
  cbor.text("begin_time");
  cbor.text(to_offset_rfc3339(info.begin_time));
  cbor.text("begin_ticks");
  cbor.integer(info.begin_ticks.value);
  cbor.text("end_time");
  cbor.text(to_offset_rfc3339(info.end_time));
  cbor.text("end_ticks");
  cbor.integer(info.end_ticks.value);
  cbor.text("payload");
  write_payload(cbor, block.payload);
  cbor.text("object_offset");
  cbor.integer(info.object_offset);
  cbor.text("nb_objects");
  cbor.integer(info.nb_objects);
  return out;
}

Bytes encode_payload(const BlockPayload& payload) {
  Bytes out;
  out.reserve(payload.dependencies.size() + payload.objects.size() + 64);
  CborWriter cbor(out);
  write_payload(cbor, payload);
  return out;
}

Bytes encode_type_table(const transit::TypeTable& types) {
  Bytes out;
  CborWriter cbor(out);
  write_type_table(cbor, types);
  return out;
}

}  // namespace micromegas::wire
