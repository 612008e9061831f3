#pragma once

#include <variant>

#include "base/byte_view.h"
#include "wire/messages.h"

namespace micromegas::ingestion {

/// The three things that producers post.
enum class EnvelopeKind { kProcess, kStream, kBlock };

/// A block, ready to be stored: its payload is the blob that the lake keeps.
struct BlockToStore {
  wire::BlockInfo info;
  Bytes blob;
};

/// What a request brings, ready to be stored.
using Envelope = std::variant<wire::ProcessInfo, wire::StreamInfo, BlockToStore>;

/// Reads a body and checks what would hurt later: what cannot be decoded, text that no store holds,
/// negative counts. It does not look into payloads, nor whether process and stream are known:
/// blocks may come first (docs/decisions/0002-what-ingestion-checks.md).
///
/// Throws `Error{kMalformed}` or `Error{kInvalidArgument}` with one line that names the field.
Envelope open_envelope(EnvelopeKind kind, ByteView body);

/// Bytes that it occupies while it waits, roughly.
std::size_t size_of(const Envelope& envelope) noexcept;

}  // namespace micromegas::ingestion
