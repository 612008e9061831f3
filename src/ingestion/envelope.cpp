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
  // Rows are small beside payloads; this much covers one with its texts and type tables.
  constexpr std::size_t kRow = 4096;
  const auto* block = std::get_if<BlockToStore>(&envelope);
  return kRow + (block == nullptr ? 0 : block->blob.size());
}

}  // namespace micromegas::ingestion
