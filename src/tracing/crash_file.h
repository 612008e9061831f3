#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/byte_view.h"
#include "base/ids.h"
#include "tracing/chunk_source.h"
#include "tracing/crash_format.h"
#include "tracing/event_sink.h"
#include "tracing/property_table.h"
#include "tracing/property_text.h"
#include "tracing/site_table.h"

namespace micromegas::tracing {

struct RegisteredThread;

/// The memory of a recording as a file, so that it is there when the process is not: threads write
/// their records into chunks that are pages of it, and what is needed to read them lies beside.
///
///     <folder>/<process id>/memory     one process, alive as long as it is locked
///
/// The system keeps what was stored into a shared mapping however the process dies, so dying takes
/// no work of ours: there is no signal handler. Nor does recording take more than it does without,
/// on the event path; what a thread has written is found by its records (record_walk.h).
///
/// The disk's blocks are reserved before memory is handed out, since a store into a page for which
/// there is no room would kill the program. Where that fails, recording goes on in ordinary memory.
///
/// It is never unmapped and never destroyed: threads hold chunks for as long as they live.
class CrashFile final : public ChunkSource {
 public:
  /// In the folder of the process: as long as it is being made, and from then on.
  static constexpr std::string_view kUnfinishedName = "memory.new";
  static constexpr std::string_view kName = "memory";

  struct Options {
    std::string folder;
    std::size_t chunk_bytes = 0;  ///< The most memory for chunks.
    std::size_t block_bytes = 0;
  };

  /// Makes and locks the file of this process. Null when that cannot be done: it is said on
  /// standard error, in a line.
  static CrashFile* create(const Options& options, const ProcessDescription& process) noexcept;

  /// The one that is in use; null: none. Any thread.
  static CrashFile* current() noexcept;

  /// Whether this process made the file of the process of that name. If so, it must not even be
  /// opened once more: closing it would give up the lock.
  static bool is_ours(std::string_view process_name) noexcept;

  ~CrashFile() override = default;
  CrashFile(const CrashFile&) = delete;
  CrashFile& operator=(const CrashFile&) = delete;

  // Any thread.

  void* allocate_chunk() noexcept override;
  bool owns(const void* bytes) const noexcept override;

  /// Says something once; `parts` one behind the other. Without room it is counted.
  void add_fact(crash::FactKind kind, std::initializer_list<ByteView> parts) noexcept;
  void add_site(std::int32_t number, const Site& site) noexcept;
  /// A set of properties, in that cell of its size (set_cell.h): what was there is gone. Without
  /// room it is counted.
  void add_set(std::size_t size, std::size_t cell, std::uint32_t number,
               const PropertyText& text) noexcept;

  // Under the registry's mutex.

  /// Gives the thread a slot and its stream an id, both known to whoever reads the file.
  void add_thread(RegisteredThread& thread) noexcept;
  /// REQUIRES: all its records are in blocks that need no crash file, and so say their positions.
  void remove_thread(RegisteredThread& thread) noexcept;

  // The collector's thread.

  void save_clock(const TickConverter& clock) noexcept;

  /// Keeps a block until nobody holds the result (block_file.h). Null: there is no room.
  std::shared_ptr<const void> keep(const ClosedBlock& block,
                                   const StreamDescription& stream) noexcept;

  /// Notes how far the thread's records have been read, for the next `commit`; logs and metrics
  /// among them up to `messages_read_to` (null: as far as the others).
  void advance(RegisteredThread& thread, const std::byte* messages_read_to = nullptr) noexcept;
  /// The same of the process's logs or metrics (`crash::kLogs`, `crash::kMetrics`).
  void advance_messages(std::size_t which, std::int64_t nb_events, Ticks block_end) noexcept;
  /// All that was advanced since the last one counts from now on, at once: nobody will make blocks
  /// of those records again.
  void commit() noexcept;

  /// No crash, no evidence: deletes the file. Its memory stays.
  void remove() noexcept;

  /// In a forked child, which shares the parent's pages: leaves them to the parent. Every chunk of
  /// a crash file is zeros then. False: there never was one.
  static bool leave_all_to_parent() noexcept;

 private:
  CrashFile() noexcept = default;

  /// A part of the file, of which the disk has reserved the front.
  struct Region {
    std::uint64_t offset = 0;
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> reserved{0};
  };

  bool open_file(const Options& options, const ProcessDescription& process,
                 const char*& problem) noexcept;
  bool map() noexcept;
  void write_header(const Options& options) noexcept;
  void add_process(const ProcessDescription& process);
  /// Has the disk reserve the region's bytes up to `end`. False: it will not.
  bool reserve(Region& region, std::uint64_t end, std::uint64_t step) noexcept;

  std::string path(std::string_view name) const { return (process_folder_ + '/').append(name); }
  std::byte* at(std::uint64_t offset) const noexcept { return base_ + offset; }
  crash::Header& header() const noexcept { return *reinterpret_cast<crash::Header*>(base_); }
  crash::ThreadSlot* slot_at(std::uint64_t number) const noexcept;
  crash::Position position_of(const RegisteredThread& thread) const noexcept;
  void write_next(std::array<crash::Position, 2>& positions, crash::Position position) noexcept;

  void leave_to_parent() noexcept;

  std::string process_folder_;
  int file_ = -1;
  std::byte* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::mutex reserve_mutex_;
  Region slots_;
  Region facts_;
  std::array<Region, PropertyTable::kSizes.size()> sets_;
  Region chunks_;
  std::atomic<std::uint64_t> chunks_end_{0};
  ProcessId process_id_;
  std::uint64_t nb_threads_ = 0;  ///< That ever had a slot.
  std::uint64_t slots_end_ = 0;
  std::int32_t free_slot_ = -1;
  CrashFile* before_ = nullptr;  ///< All that ever were, so that none is lost from sight.
};

}  // namespace micromegas::tracing
