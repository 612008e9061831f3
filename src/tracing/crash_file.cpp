#include "tracing/crash_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracing/block_file.h"
#include "tracing/chunk_pool.h"
#include "tracing/set_cell.h"
#include "tracing/text_list.h"
#include "tracing/thread_registry.h"

namespace micromegas::tracing {
namespace {

// What is there at most; it takes room as it is used.
constexpr std::uint64_t kSlotBytes = 32'768 * sizeof(crash::ThreadSlot);
constexpr std::uint64_t kFactBytes = std::uint64_t{128} << 20;
/// So much at a time is asked of the disk.
constexpr std::uint64_t kSlotStep = std::uint64_t{64} << 10;
constexpr std::uint64_t kSetStep = std::uint64_t{256} << 10;
constexpr std::uint64_t kStep = std::uint64_t{1} << 20;

std::uint64_t rounded_up(std::uint64_t bytes, std::uint64_t unit) noexcept {
  return (bytes + unit - 1) / unit * unit;
}

/// Whoever makes it decides who may read what the program did.
bool make_folder(const std::string& folder) noexcept {
  return ::mkdir(folder.c_str(), S_IRWXU) == 0 || errno == EEXIST;
}

/// The lock of a process, not of a descriptor: no forked child holds it on.
bool lock(int file) noexcept {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(file, F_SETLK, &whole) == 0;
}

bool reserve_on_disk(int file, std::uint64_t offset, std::uint64_t bytes) noexcept {
  int problem = 0;
  do {
    problem = ::posix_fallocate(file, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (problem == EINTR);
  if (problem != 0) errno = problem;
  return problem == 0;
}

template <class T>
ByteView bytes_of(const T& value) noexcept {
  return {reinterpret_cast<const std::byte*>(&value), sizeof value};
}

std::uint32_t size32(std::string_view text) noexcept {
  return static_cast<std::uint32_t>(text.size());
}

void complain(const std::string& folder, const char* problem, int error) noexcept {
  std::fprintf(stderr, "micromegas: no crash evidence in %s: %s: %s\n", folder.c_str(), problem,
               std::strerror(error));
}

constinit std::atomic<CrashFile*> g_current{nullptr};
constinit std::atomic<CrashFile*> g_newest{nullptr};

}  // namespace

CrashFile* CrashFile::current() noexcept { return g_current.load(std::memory_order_acquire); }

CrashFile* CrashFile::create(const Options& options, const ProcessDescription& process) noexcept {
  auto* file = new (std::nothrow) CrashFile;
  if (file == nullptr) return nullptr;
  const char* problem = "";
  if (!file->open_file(options, process, problem)) {
    const int error = errno;
    complain(options.folder, problem, error);
    if (file->base_ != nullptr) ::munmap(file->base_, file->bytes_);
    if (file->file_ >= 0) {
      ::unlink(file->path(kUnfinishedName).c_str());
      ::close(file->file_);
    }
    if (!file->process_folder_.empty()) ::rmdir(file->process_folder_.c_str());
    delete file;
    return nullptr;
  }
  file->before_ = g_newest.load(std::memory_order_relaxed);
  g_newest.store(file, std::memory_order_release);
  g_current.store(file, std::memory_order_release);
  return file;
}

bool CrashFile::is_ours(std::string_view process_name) noexcept {
  const CrashFile* file = g_newest.load(std::memory_order_acquire);
  while (file != nullptr && file->process_id_.to_string() != process_name) file = file->before_;
  return file != nullptr;
}

bool CrashFile::open_file(const Options& options, const ProcessDescription& process,
                          const char*& problem) noexcept {
  problem = "cannot make the folder";
  if (!make_folder(options.folder)) return false;
  process_id_ = process.process_id;
  process_folder_ = options.folder + '/' + process.process_id.to_string();
  if (!make_folder(process_folder_)) return false;
  problem = "cannot make the file";
  const std::string unfinished = path(kUnfinishedName);
  file_ = ::open(unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file_ < 0) return false;
  problem = "cannot lock the file";
  if (!lock(file_)) return false;

  slots_.offset = crash::kHeaderBytes;
  slots_.bytes = kSlotBytes;
  facts_.offset = slots_.offset + slots_.bytes;
  facts_.bytes = kFactBytes;
  std::uint64_t end = facts_.offset + facts_.bytes;
  for (std::size_t size = 0; size < sets_.size(); ++size) {
    sets_[size].offset = end;
    sets_[size].bytes = PropertyTable::kSizes[size].nb_cells * bytes_of_set_cell(size);
    end += sets_[size].bytes;
  }
  chunks_.offset = rounded_up(end, Chunk::kBytes);
  chunks_.bytes = rounded_up(options.chunk_bytes, Chunk::kBytes);
  bytes_ = chunks_.offset + chunks_.bytes;
  problem = "cannot map the file";
  if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0 || !map()) return false;
  problem = "no room";
  if (!reserve_on_disk(file_, 0, crash::kHeaderBytes) || !reserve(slots_, 1, kSlotStep) ||
      !reserve(facts_, 1, kStep) || !reserve(chunks_, 1, kStep)) {
    return false;
  }
  write_header(options);
  add_process(process);
  problem = "cannot name the file";
  return ::rename(unfinished.c_str(), path(kName).c_str()) == 0;
}

bool CrashFile::map() noexcept {
  // Aligned as chunks must be, and pages where they are larger: room for that is mapped first.
  constexpr std::size_t kAlignment = 64 * 1024;
  static_assert(kAlignment % Chunk::kBytes == 0);
  void* room = ::mmap(nullptr, bytes_ + kAlignment, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  auto* const begin = static_cast<std::byte*>(room);
  const auto address = reinterpret_cast<std::uintptr_t>(room);
  std::byte* const aligned = begin + (rounded_up(address, kAlignment) - address);
  if (::mmap(aligned, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_, 0) ==
      MAP_FAILED) {
    const int error = errno;
    ::munmap(room, bytes_ + kAlignment);
    errno = error;
    return false;
  }
  base_ = aligned;
  return true;
}

void CrashFile::write_header(const Options& options) noexcept {
  auto* header = ::new (base_) crash::Header{};
  header->magic = crash::kMagic;
  header->version = crash::kVersion;
  header->header_bytes = crash::kHeaderBytes;
  header->process_id = process_id_.uuid.bytes;
  header->base = reinterpret_cast<std::uintptr_t>(base_);
  header->pid = ::getpid();
  header->chunk_bytes = Chunk::kBytes;
  header->block_bytes = options.block_bytes;
  header->slots_offset = slots_.offset;
  header->slots_bytes = slots_.bytes;
  header->facts_offset = facts_.offset;
  header->facts_bytes = facts_.bytes;
  header->chunks_offset = chunks_.offset;
  header->chunks_bytes = chunks_.bytes;
  for (std::size_t size = 0; size < sets_.size(); ++size) {
    header->sets[size] = {sets_[size].offset, sets_[size].bytes};
  }
}

void CrashFile::add_process(const ProcessDescription& process) {
  Bytes texts;
  for (const std::string* text : {&process.exe, &process.username, &process.realname,
                                  &process.computer, &process.distro, &process.cpu_brand}) {
    append_text(texts, *text);
  }
  for (const auto& [key, value] : process.properties) {
    append_text(texts, key);
    append_text(texts, value);
  }
  crash::ProcessFact fact{};
  fact.start_time = process.start_time.ns;
  if (process.parent_process_id) fact.parent_process_id = process.parent_process_id->uuid.bytes;
  fact.nb_properties = static_cast<std::uint32_t>(process.properties.size());
  add_fact(crash::FactKind::kProcess, {bytes_of(fact), texts});
}

bool CrashFile::reserve(Region& region, std::uint64_t end, std::uint64_t step) noexcept {
  if (end <= region.reserved.load(std::memory_order_acquire)) return true;
  if (end > region.bytes) return false;
  const std::lock_guard guard(reserve_mutex_);
  const std::uint64_t reserved = region.reserved.load(std::memory_order_relaxed);
  if (end <= reserved) return true;
  const std::uint64_t next =
      std::min(rounded_up(end, step), region.bytes.load(std::memory_order_relaxed));
  if (!reserve_on_disk(file_, region.offset + reserved, next - reserved)) {
    // From here on as if the region ended here: nobody asks the disk again and again.
    region.bytes = reserved;
    complain(process_folder_, "no more of it", errno);
    return false;
  }
  region.reserved.store(next, std::memory_order_release);
  return true;
}

void* CrashFile::allocate_chunk() noexcept {
  const std::uint64_t begin = chunks_end_.fetch_add(Chunk::kBytes, std::memory_order_relaxed);
  if (begin + Chunk::kBytes > chunks_.bytes || !reserve(chunks_, begin + Chunk::kBytes, kStep)) {
    chunks_end_.fetch_sub(Chunk::kBytes, std::memory_order_relaxed);
    return nullptr;
  }
  return at(chunks_.offset + begin);
}

bool CrashFile::owns(const void* bytes) const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(bytes);
  const auto begin = reinterpret_cast<std::uintptr_t>(base_);
  return address >= begin && address < begin + bytes_;
}

void CrashFile::add_fact(crash::FactKind kind, std::initializer_list<ByteView> parts) noexcept {
  std::uint64_t size = sizeof(crash::FactFront);
  for (const ByteView& part : parts) size += part.size();
  size = rounded_up(size, alignof(std::uint64_t));
  std::uint64_t begin = header().facts_end.load(std::memory_order_relaxed);
  do {
    if (!reserve(facts_, begin + size, kStep)) {
      header().facts_lost.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  } while (
      !header().facts_end.compare_exchange_weak(begin, begin + size, std::memory_order_relaxed));
  std::byte* to = at(facts_.offset + begin);
  auto& front = *::new (to) crash::FactFront{static_cast<std::uint32_t>(size), {}};
  // The process may die between any two stores, and then those before must be there.
  std::atomic_signal_fence(std::memory_order_release);
  to += sizeof front;
  for (const ByteView& part : parts) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  front.kind.store(static_cast<std::uint32_t>(kind), std::memory_order_release);
}

void CrashFile::add_site(std::int32_t number, const Site& site) noexcept {
  const transit::CallSite& place = site.call_site;
  crash::SiteFact fact{};
  fact.number = number;
  fact.location = site.location;
  if (site.location != 0) {
    fact.name_bytes = size32(site.run_time_name);
    add_fact(crash::FactKind::kSite, {bytes_of(fact), as_bytes(site.run_time_name)});
    return;
  }
  fact.line = place.line;
  fact.lod = place.lod;
  fact.name_bytes = size32(place.name);
  fact.target_bytes = size32(place.target);
  fact.module_path_bytes = size32(place.module_path);
  fact.file_bytes = size32(place.file);
  add_fact(crash::FactKind::kSite, {bytes_of(fact), as_bytes(place.name), as_bytes(place.target),
                                    as_bytes(place.module_path), as_bytes(place.file)});
}

void CrashFile::add_set(std::size_t size, std::size_t cell, std::uint32_t number,
                        const PropertyText& text) noexcept {
  Region& region = sets_[size];
  const std::uint64_t begin = cell * bytes_of_set_cell(size);
  if (!reserve(region, begin + bytes_of_set_cell(size), kSetStep)) {
    header().sets_lost.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  write_set_cell(at(region.offset + begin), number, text);
}

void CrashFile::add_thread(RegisteredThread& thread) noexcept {
  const std::uint64_t number = ++nb_threads_;
  thread.stream_id = {Uuid::derived(process_id_.uuid, number)};
  thread.details.stream_id = crash::details_of(thread.stream_id);
  thread.crash_slot = nullptr;
  crash::ThreadSlot* slot = nullptr;
  if (free_slot_ >= 0) {
    slot = slot_at(static_cast<std::uint64_t>(free_slot_));
    free_slot_ = slot->thread_id;
  } else if (reserve(slots_, slots_end_ + sizeof *slot, kSlotStep)) {
    slot = ::new (at(slots_.offset + slots_end_)) crash::ThreadSlot{};
    slots_end_ += sizeof *slot;
  } else {
    header().threads_lost.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  slot->thread_id = thread.thread_id;
  slot->name = thread.name;
  slot->stream_id = thread.stream_id.uuid.bytes;
  slot->first_ticks = thread.first_ticks;
  slot->positions[1].generation = crash::Position::kNever;
  slot->positions[0] = position_of(thread);
  slot->positions[0].generation = 0;
  slot->in_use.store(1, std::memory_order_release);
  thread.crash_slot = slot;
}

void CrashFile::remove_thread(RegisteredThread& thread) noexcept {
  crash::ThreadSlot* slot = std::exchange(thread.crash_slot, nullptr);
  if (slot == nullptr) return;
  slot->in_use.store(0, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  slot->thread_id = free_slot_;
  const auto distance = reinterpret_cast<std::byte*>(slot) - at(slots_.offset);
  free_slot_ = static_cast<std::int32_t>(distance / static_cast<std::ptrdiff_t>(sizeof *slot));
}

void CrashFile::save_clock(const TickConverter& clock) noexcept {
  const std::uint64_t turn = header().clock_turn.load(std::memory_order_relaxed) + 1;
  header().clocks[turn % 2] = clock.state();
  header().clock_turn.store(turn, std::memory_order_release);
}

void CrashFile::advance(RegisteredThread& thread, const std::byte* messages_read_to) noexcept {
  if (thread.crash_slot == nullptr) return;
  crash::Position position = position_of(thread);
  if (owns(messages_read_to)) {
    position.messages_read_to = reinterpret_cast<std::uintptr_t>(messages_read_to);
  }
  write_next(thread.crash_slot->positions, position);
}

void CrashFile::advance_messages(std::size_t which, std::int64_t nb_events,
                                 Ticks block_end) noexcept {
  crash::Position position;
  position.nb_events = nb_events;
  position.block_end = block_end.value;
  write_next(header().messages[which].positions, position);
}

void CrashFile::write_next(std::array<crash::Position, 2>& positions,
                           crash::Position position) noexcept {
  const std::uint64_t generation = header().generation.load(std::memory_order_relaxed) + 1;
  // Not the one that counts now: of those that were committed, the younger one.
  const auto age = [&](const crash::Position& other) {
    return other.generation < generation ? other.generation + 1 : 0;
  };
  crash::Position& next = positions[age(positions[0]) < age(positions[1]) ? 0 : 1];
  next.generation = crash::Position::kNever;
  std::atomic_signal_fence(std::memory_order_release);
  position.generation = crash::Position::kNever;
  next = position;
  std::atomic_signal_fence(std::memory_order_release);
  next.generation = generation;
}

std::shared_ptr<const void> CrashFile::keep(const ClosedBlock& block,
                                            const StreamDescription& stream) noexcept {
  return write_block_file(process_folder_, block, stream);
}

void CrashFile::commit() noexcept { header().generation.fetch_add(1, std::memory_order_release); }

crash::Position CrashFile::position_of(const RegisteredThread& thread) const noexcept {
  crash::Position position;
  if (owns(thread.oldest)) {
    position.oldest = reinterpret_cast<std::uintptr_t>(thread.oldest);
    position.read_to = reinterpret_cast<std::uintptr_t>(thread.read_to);
  }
  position.nb_events = thread.nb_events;
  position.block_end = thread.block_end.value;
  position.nb_details = thread.details.nb_events;
  position.details_end = thread.details.block_end.value;
  return position;
}

crash::ThreadSlot* CrashFile::slot_at(std::uint64_t number) const noexcept {
  return reinterpret_cast<crash::ThreadSlot*>(at(slots_.offset)) + number;
}

void CrashFile::remove() noexcept {
  g_current.store(nullptr, std::memory_order_release);
  ::unlink(path(kName).c_str());
  ::rmdir(process_folder_.c_str());
}

bool CrashFile::leave_all_to_parent() noexcept {
  g_current.store(nullptr, std::memory_order_release);
  CrashFile* const newest = g_newest.load(std::memory_order_acquire);
  for (CrashFile* file = newest; file != nullptr; file = file->before_) file->leave_to_parent();
  return newest != nullptr;
}

void CrashFile::leave_to_parent() noexcept {
  ::close(std::exchange(file_, -1));
  // Zeros of its own in their place: whoever still points there does no harm.
  static_cast<void>(::mmap(base_, bytes_, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0));
}

}  // namespace micromegas::tracing
