#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "recovery/dead_process.h"
#include "tracing/crash_format.h"

namespace micromegas::recovery {

/// Reads a crash file (docs/formats/crash-file.md).
///
/// The process may have died at any moment, the file may be cut, or not be one at all: no number in
/// it is believed. The file is read, not mapped: whatever becomes of it meanwhile is a short read.
class CrashReader {
 public:
  /// REQUIRES: nobody writes to the file any more. It stays open.
  explicit CrashReader(int file) noexcept : file_(file) {}

  /// Nothing: `problem()` says why, in a few words.
  std::optional<DeadProcess> read();
  const std::string& problem() const noexcept { return problem_; }
  /// The version of the file's format; ours as long as it is not known to be another one.
  std::uint32_t format() const noexcept { return format_; }

 private:
  bool fail(std::string problem);
  bool read_bytes(std::uint64_t offset, void* to, std::size_t bytes) const noexcept;
  bool read_header();
  bool read_clock(DeadProcess& process);
  bool read_facts(DeadProcess& process);
  bool read_process(ByteView fact, DeadProcess& process);
  bool read_sets(DeadProcess& process);
  bool read_threads(DeadProcess& process);
  DeadThread read_thread(const tracing::crash::ThreadSlot& slot, DeadProcess& process);
  /// Its whole records from `from` on. Empty: there are none.
  Bytes read_records(const Bytes& chunk, std::size_t from, DeadProcess& process);
  /// Where in the region of the chunks the chunk at that address is; nothing: nowhere.
  std::optional<std::uint64_t> place_of(std::uint64_t address) const noexcept;

  const int file_;
  std::uint64_t file_bytes_ = 0;
  tracing::crash::Header header_{};
  std::vector<bool> chunks_seen_;
  std::string problem_;
  std::uint32_t format_ = tracing::crash::kVersion;
};

}  // namespace micromegas::recovery
