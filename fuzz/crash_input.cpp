#include "crash_input.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "pieces.h"
#include "tracing/chunk_pool.h"
#include "tracing/crash_format.h"
#include "tracing/set_cell.h"

namespace micromegas::fuzz {
namespace {

using tracing::Chunk;
using tracing::crash::Header;
using tracing::crash::RegionPlace;

constexpr std::size_t kMostChunks = 16;

void write_at(int file, std::uint64_t offset, ByteView bytes, std::uint64_t most) {
  bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), most));
  const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (written != static_cast<ssize_t>(bytes.size())) std::abort();
}

/// Cells of sets whose texts are under their right hash, which no fuzzer finds by itself; but for
/// those that have something else in what is reserved.
Bytes with_right_hashes(ByteView sets, std::size_t size) {
  Bytes cells(sets.begin(), sets.end());
  const std::size_t cell_bytes = tracing::bytes_of_set_cell(size);
  cells.resize((cells.size() + cell_bytes - 1) / cell_bytes * cell_bytes);
  for (std::size_t at = 0; at < cells.size(); at += cell_bytes) {
    std::uint32_t front[4];  // Number, bytes, hash, reserved.
    std::memcpy(front, cells.data() + at, sizeof front);
    if (front[1] > cell_bytes - sizeof front || front[3] != 0) continue;
    tracing::PropertyText text;
    text.copy_from(front[1], [&](std::size_t i) {
      std::uint64_t word = 0;
      std::memcpy(&word, cells.data() + at + sizeof front + i * sizeof word, sizeof word);
      return word;
    });
    front[2] = text.hash();
    std::memcpy(cells.data() + at, front, sizeof front);
  }
  return cells;
}

template <class Number>
void write_number(int file, std::size_t offset, Number number) {
  write_at(file, offset, std::as_bytes(std::span(&number, 1)), sizeof number);
}

}  // namespace

CrashInput split_crash_input(ByteView input) {
  CrashInput pieces;
  pieces.header = take_piece(input);
  pieces.slots = take_piece(input);
  pieces.facts = take_piece(input);
  for (ByteView& sets : pieces.sets) sets = take_piece(input);
  while (!input.empty() && pieces.chunks.size() < kMostChunks) {
    pieces.chunks.push_back(take_piece(input));
  }
  return pieces;
}

Bytes join(const CrashInput& input) {
  Bytes out;
  append_piece(out, input.header);
  append_piece(out, input.slots);
  append_piece(out, input.facts);
  for (const ByteView sets : input.sets) append_piece(out, sets);
  for (const ByteView chunk : input.chunks) append_piece(out, chunk);
  return out;
}

void write_crash_file(const CrashInput& input, int file) {
  constexpr std::uint64_t kSlotsBytes = CrashInput::kFactsOffset - CrashInput::kSlotsOffset;
  constexpr std::uint64_t kFactsBytes = CrashInput::kSetsOffset - CrashInput::kFactsOffset;
  const std::uint64_t chunks_bytes = input.chunks.size() * Chunk::kBytes;
  const std::uint64_t file_bytes = CrashInput::kChunksOffset + chunks_bytes;
  if (::ftruncate(file, static_cast<off_t>(file_bytes)) != 0) std::abort();
  write_at(file, 0, input.header, tracing::crash::kHeaderBytes);
  write_at(file, CrashInput::kSlotsOffset, input.slots, kSlotsBytes);
  write_at(file, CrashInput::kFactsOffset, input.facts, kFactsBytes);
  for (std::size_t i = 0; i < input.chunks.size(); ++i) {
    write_at(file, CrashInput::kChunksOffset + i * Chunk::kBytes, input.chunks[i], Chunk::kBytes);
  }
  std::array<RegionPlace, tracing::PropertyTable::kSizes.size()> sets;
  for (std::size_t size = 0; size < sets.size(); ++size) {
    sets[size] = {CrashInput::kSetsOffset + size * CrashInput::kSetsBytes, CrashInput::kSetsBytes};
    write_at(file, sets[size].offset, with_right_hashes(input.sets[size], size),
             CrashInput::kSetsBytes);
  }
  write_number(file, offsetof(Header, magic), tracing::crash::kMagic);
  write_number(file, offsetof(Header, version), tracing::crash::kVersion);
  write_number(file, offsetof(Header, chunk_bytes), static_cast<std::uint32_t>(Chunk::kBytes));
  write_number(file, offsetof(Header, slots_offset), CrashInput::kSlotsOffset);
  write_number(file, offsetof(Header, slots_bytes), kSlotsBytes);
  write_number(file, offsetof(Header, facts_offset), CrashInput::kFactsOffset);
  write_number(file, offsetof(Header, facts_bytes), kFactsBytes);
  write_number(file, offsetof(Header, chunks_offset), CrashInput::kChunksOffset);
  write_number(file, offsetof(Header, chunks_bytes), chunks_bytes);
  write_number(file, offsetof(Header, sets), sets);
}

}  // namespace micromegas::fuzz
