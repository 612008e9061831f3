#pragma once

#include <cstddef>
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

/// Bodies of processes and streams hold some texts and tables; a larger one is nobody's honest
/// message, and in memory it would be several times as large.
inline constexpr std::size_t kMaxInfoBodyBytes = std::size_t{8} << 20;

/// The most that a body of this kind may have, where blocks may have `max_block_bytes`.
constexpr std::size_t max_body_bytes(EnvelopeKind kind, std::size_t max_block_bytes) noexcept {
  if (kind == EnvelopeKind::kBlock || max_block_bytes < kMaxInfoBodyBytes) return max_block_bytes;
  return kMaxInfoBodyBytes;
}

/// Reads a body and checks what would hurt later: what cannot be decoded, text that no store holds,
/// negative counts. It does not look into payloads, nor whether process and stream are known:
/// blocks may come first (docs/decisions/0002-what-ingestion-checks.md).
///
/// Throws `Error{kMalformed}` or `Error{kInvalidArgument}` with one line that names the field.
Envelope open_envelope(EnvelopeKind kind, ByteView body);

/// Bytes that it occupies while it waits, roughly.
std::size_t size_of(const Envelope& envelope) noexcept;

}  // namespace micromegas::ingestion
