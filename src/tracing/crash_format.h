#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/ids.h"
#include "tracing/property_table.h"
#include "tracing/tick_converter.h"

// The layout of a crash file, which a process maps and somebody else reads when it has died
// (docs/formats/crash-file.md tells it byte by byte). Numbers are in the machine's byte order and
// pointers are addresses of the process that died: both sides are one machine.

namespace micromegas::tracing::crash {

inline constexpr std::array<char, 8> kMagic = {'M', 'M', 'C', 'R', 'A', 'S', 'H', '\n'};

/// Of all below, of the sets of properties (set_cell.h), and of the records in the chunks
/// (micromegas/detail/record.h).
inline constexpr std::uint32_t kVersion = 2;

/// How far the events of a stream have become blocks that need no crash file any more.
///
/// A slot has two, and the header says which generation counts: of those not younger, the younger
/// one. So any number of slots goes on together, with one store to the header.
struct Position {
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  std::uint64_t generation = kNever;
  std::uint64_t oldest = 0;  ///< The address of the chunk that is read next; 0: in no file of ours.
  std::uint64_t read_to = 0;    ///< An address in it.
  std::int64_t nb_events = 0;   ///< In all blocks so far.
  std::int64_t block_end = 0;   ///< The latest block's last tick.
  std::int64_t nb_details = 0;  ///< The same of the stream of its async spans' details.
  std::int64_t details_end = 0;
  /// Up to here, in one of the thread's chunks, logs and metrics are in blocks; 0: as `read_to`.
  std::uint64_t messages_read_to = 0;
};
static_assert(sizeof(Position) == 64);

/// The id of the stream of a thread's details (no block of the thread begins so far).
inline StreamId details_of(StreamId thread) noexcept {
  return {Uuid::derived(thread.uuid, ~std::uint64_t{0})};
}

/// The logs and the metrics of the process: streams that are no thread's. Of a position,
/// `nb_events` and `block_end` count.
struct MessageSlot {
  std::array<Position, 2> positions;
};
inline constexpr std::size_t kLogs = 0;
inline constexpr std::size_t kMetrics = 1;
inline constexpr std::size_t kMessageStreams = 2;

/// The id of one of these streams.
inline StreamId messages_of(ProcessId process, std::size_t which) noexcept {
  return {Uuid::derived(process.uuid, ~static_cast<std::uint64_t>(which))};
}

/// The id of the stream by which the process is marked as crashed. Threads' streams have the ids
/// from 1 on.
inline StreamId crash_of(ProcessId process) noexcept { return {Uuid::derived(process.uuid, 0)}; }

/// A thread that records, with its stream.
struct ThreadSlot {
  std::atomic<std::uint32_t> in_use;  ///< 1: it is; set when all of it is written.
  std::int32_t thread_id;             ///< In a free slot: the next free one, or -1.
  std::array<char, 16> name;
  std::array<std::uint8_t, 16> stream_id;
  std::uint64_t first_ticks;
  std::array<Position, 2> positions;
};
static_assert(sizeof(ThreadSlot) == 176);

/// Something said once. Whoever adds one first takes its place, then writes the size, then what it
/// says, then its kind; so a place that was never written to is zeros, which are passed over.
struct FactFront {
  std::uint32_t size;               ///< With this front; a multiple of 8.
  std::atomic<std::uint32_t> kind;  ///< A FactKind; 0: not finished.
};
static_assert(sizeof(FactFront) == 8);

enum class FactKind : std::uint32_t {
  kProcess = 1,
  kSite = 2,
};

/// The front of a site's fact; its texts follow, in this order.
struct SiteFact {
  std::int32_t number;
  std::int32_t
      location;  ///< Of a run-time name: the number of its site. Then `name` alone is told.
  std::uint32_t line;
  std::uint32_t lod;
  std::uint32_t name_bytes;
  std::uint32_t target_bytes;
  std::uint32_t module_path_bytes;
  std::uint32_t file_bytes;
};
static_assert(sizeof(SiteFact) == 32);

/// The front of the process's fact. Texts follow, each behind its length (32 bits): exe, username,
/// realname, computer, distro, cpu_brand, then `nb_properties` keys and values in turn.
struct ProcessFact {
  std::int64_t start_time;                         ///< Nanoseconds since 1970.
  std::array<std::uint8_t, 16> parent_process_id;  ///< Zeros: none.
  std::uint32_t nb_properties;
  std::uint32_t reserved;
};
static_assert(sizeof(ProcessFact) == 32);

/// Where a region begins in the file, and for how many bytes.
struct RegionPlace {
  std::uint64_t offset;
  std::uint64_t bytes;
};

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::array<std::uint8_t, 16> process_id;
  std::uint64_t base;  ///< The address at which the process had byte 0 of the file.
  std::int32_t pid;
  std::uint32_t chunk_bytes;
  std::uint64_t block_bytes;  ///< RecorderOptions::block_bytes.

  // Three regions: where they begin in the file, and for how many bytes.
  std::uint64_t slots_offset;
  std::uint64_t slots_bytes;
  std::uint64_t facts_offset;
  std::uint64_t facts_bytes;
  std::uint64_t chunks_offset;
  std::uint64_t chunks_bytes;

  std::atomic<std::uint64_t> facts_end;     ///< In the region: facts take so many bytes of it.
  std::atomic<std::uint64_t> facts_lost;    ///< That found no place.
  std::atomic<std::uint64_t> threads_lost;  ///< That found no slot.
  std::atomic<std::uint64_t> generation;    ///< Of the positions that count.
  std::atomic<std::uint64_t> clock_turn;    ///< Odd: clocks[1] counts, else clocks[0].
  std::array<TickConverter::State, 2> clocks;
  std::array<MessageSlot, kMessageStreams> messages;

  /// Sets of properties: a region for each size of cells.
  std::array<RegionPlace, PropertyTable::kSizes.size()> sets;
  std::atomic<std::uint64_t> sets_lost;  ///< That found no room on the disk.
};
inline constexpr std::size_t kHeaderBytes = 8192;
static_assert(sizeof(Header) <= kHeaderBytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::is_trivially_copyable_v<TickConverter::State>);

}  // namespace micromegas::tracing::crash
