#include "ingestion/envelope.h"

#include <string>

#include "base/error.h"
#include "lake/text_limits.h"

namespace micromegas::ingestion {
namespace {

void require_not_negative(const char* field, std::int64_t value) {
  if (value >= 0) return;
  throw invalid_argument("insert_block: " + std::string(field) + ": " + std::to_string(value) +
                         " is negative");
}

template <class Message>
Message with_text_checked(const char* endpoint, Message message) {
  try {
    lake::check_text(message);
  } catch (const Error& e) {
    throw Error(e.kind(), std::string(endpoint) + ": " + e.what());
  }
  return message;
}

std::size_t size_of(const wire::Properties& properties) noexcept {
  std::size_t size = 0;
  for (const auto& [key, value] : properties) {
    size += sizeof(properties[0]) + key.size() + value.size();
  }
  return size;
}

std::size_t size_of(const transit::TypeTable& types) noexcept {
  std::size_t size = 0;
  for (const auto& type : types) {
    size += sizeof type + type.name.size();
    for (const auto& member : type.members) {
      size += sizeof member + member.name.size() + member.type_name.size();
    }
  }
  return size;
}

BlockToStore open_block(ByteView body) {
  const wire::BlockMessage message = wire::decode_block(body);
  require_not_negative("nb_objects", message.info.nb_objects);
  require_not_negative("object_offset", message.info.object_offset);
  return {message.info, wire::encode_payload(message.payload)};
}

}  // namespace

Envelope open_envelope(EnvelopeKind kind, ByteView body) {
  switch (kind) {
    case EnvelopeKind::kProcess:
      return with_text_checked("insert_process", wire::decode_process(body));
    case EnvelopeKind::kStream:
      return with_text_checked("insert_stream", wire::decode_stream(body));
    case EnvelopeKind::kBlock:
      return open_block(body);
  }
  throw Error(ErrorKind::kInternal, "unknown kind of envelope");
}

std::size_t size_of(const Envelope& envelope) noexcept {
  constexpr std::size_t kRow = 1024;  // A row without its texts and type tables.
  if (const auto* process = std::get_if<wire::ProcessInfo>(&envelope)) {
    return kRow + size_of(process->properties);
  }
  if (const auto* stream = std::get_if<wire::StreamInfo>(&envelope)) {
    std::size_t size = kRow + size_of(stream->properties) + size_of(stream->dependencies_metadata) +
                       size_of(stream->objects_metadata);
    for (const auto& tag : stream->tags) size += sizeof(std::string) + tag.size();
    return size;
  }
  return kRow + std::get<BlockToStore>(envelope).blob.size();
}

}  // namespace micromegas::ingestion
