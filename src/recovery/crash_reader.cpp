#include "recovery/crash_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_set>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <micromegas/detail/async_detail_record.h>
#include <micromegas/detail/message_record.h>

#include "tracing/chunk_pool.h"
#include "tracing/record_walk.h"
#include "tracing/set_cell.h"
#include "tracing/text_list.h"

namespace micromegas::recovery {
namespace {

using tracing::Chunk;
using tracing::Site;
using tracing::SiteTable;
namespace crash = tracing::crash;

// Beyond these a file is none of ours.
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 40;
constexpr std::uint64_t kLargestTable = std::uint64_t{256} << 20;
constexpr std::int64_t kLatestTime = 4'000'000'000'000'000'000;  // In the year 2096.
constexpr std::int64_t kMostEvents = std::int64_t{1} << 60;
constexpr std::size_t kSmallestBlock = 1024;
constexpr std::size_t kLargestBlock = std::size_t{64} << 20;

bool is_time(std::int64_t ns) noexcept { return ns >= 0 && ns <= kLatestTime; }
bool is_count(std::int64_t events) noexcept { return events >= 0 && events <= kMostEvents; }

template <class T>
bool read_front(ByteView bytes, T& front) noexcept {
  if (bytes.size() < sizeof front) return false;
  std::memcpy(&front, bytes.data(), sizeof front);
  return true;
}

/// Calls `visit(kind, content)` for each fact that was finished.
template <class Visit>
bool for_each_fact(ByteView facts, Visit&& visit) {
  constexpr std::size_t kFront = sizeof(crash::FactFront);
  while (facts.size() >= kFront) {
    std::uint32_t words[2];
    std::memcpy(words, facts.data(), sizeof words);
    const auto [size, kind] = words;
    if (size == 0) {
      // A place that somebody took and never wrote to. Sizes are multiples of its width.
      facts = facts.subspan(kFront);
      continue;
    }
    if (size < kFront || size % kFront != 0 || size > facts.size()) return false;
    if (kind != 0) visit(static_cast<crash::FactKind>(kind), facts.subspan(kFront, size - kFront));
    facts = facts.subspan(size);
  }
  return true;
}

/// The site that a fact tells of. Its texts are parts of the fact.
std::optional<std::pair<std::int32_t, Site>> read_site(ByteView fact) {
  crash::SiteFact front;
  if (!read_front(fact, front)) return std::nullopt;
  ByteView texts = fact.subspan(sizeof front);
  const auto take = [&](std::uint32_t bytes) -> std::optional<std::string_view> {
    if (bytes > texts.size()) return std::nullopt;
    const std::string_view text = as_text(texts.first(bytes));
    texts = texts.subspan(bytes);
    return text;
  };
  const auto name = take(front.name_bytes);
  const auto target = take(front.target_bytes);
  const auto module_path = take(front.module_path_bytes);
  const auto file = take(front.file_bytes);
  if (!name || !target || !module_path || !file) return std::nullopt;
  Site site;
  site.location = front.location;
  if (front.location != 0) {
    site.run_time_name = *name;
  } else {
    site.call_site = {*name, *target, *module_path, *file, front.line, front.lod};
  }
  return std::pair{front.number, site};
}

/// The one that counts; null: none does.
const crash::Position* newest(const std::array<crash::Position, 2>& positions,
                              std::uint64_t generation) noexcept {
  const crash::Position* found = nullptr;
  for (const crash::Position& position : positions) {
    if (position.generation > generation) continue;
    if (found == nullptr || position.generation > found->generation) found = &position;
  }
  return found;
}

/// Whether a text, or what else it says of its own length, is within the record.
bool fits(const std::byte* record, std::size_t size) noexcept {
  const detail::SpanRecord& front = tracing::front_of(record);
  switch (tracing::kind_of(front)) {
    case detail::RecordKind::kAsyncSpanError: {
      constexpr std::size_t kTextOffset = detail::AsyncErrorRecord::kTextOffset;
      return size >= kTextOffset && front.site >= 0 &&
             static_cast<std::size_t>(front.site) <= size - kTextOffset;
    }
    case detail::RecordKind::kLog: {
      if (size == sizeof(detail::SpanRecord)) return true;
      constexpr std::size_t kTextOffset = detail::LogRecord::kTextOffset;
      if (size < kTextOffset) return false;
      std::uint32_t text_bytes = 0;
      std::memcpy(&text_bytes, record + offsetof(detail::LogRecord, text_bytes), sizeof text_bytes);
      return text_bytes == detail::LogRecord::kSitesText || text_bytes <= size - kTextOffset;
    }
    case detail::RecordKind::kIntegerMetric:
    case detail::RecordKind::kFloatMetric:
      return size == sizeof(detail::MetricRecord);
    default:
      return true;
  }
}

/// Whether a record begins, or the last one ends, there. Whoever began elsewhere would walk astray.
bool is_between_records(const Bytes& records, std::uint64_t offset) noexcept {
  std::uint64_t at = 0;
  while (at < offset && at < records.size()) {
    at += tracing::size_of_record(tracing::front_of(records.data() + at));
  }
  return at == offset;
}

/// Events whose site is not told keep their times, ids and parents.
void restore_unknown(SiteTable& sites, std::int32_t number) {
  const std::string name = "(unknown site " + std::to_string(number) + ")";
  Site site;
  site.call_site.name = name;
  sites.restore(number, site);
}

}  // namespace

std::optional<DeadProcess> CrashReader::read() {
  DeadProcess process;
  if (!read_header() || !read_clock(process) || !read_facts(process) || !read_sets(process) ||
      !read_threads(process)) {
    return std::nullopt;
  }
  return process;
}

bool CrashReader::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool CrashReader::read_bytes(std::uint64_t offset, void* to, std::size_t bytes) const noexcept {
  auto* at = static_cast<std::byte*>(to);
  while (bytes > 0) {
    const ssize_t read = ::pread(file_, at, bytes, static_cast<off_t>(offset));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) return false;
    at += read;
    offset += static_cast<std::uint64_t>(read);
    bytes -= static_cast<std::size_t>(read);
  }
  return true;
}

bool CrashReader::read_header() {
  struct stat status{};
  if (::fstat(file_, &status) != 0) return fail("cannot be looked at");
  file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode)) return fail("is not a file");
  if (file_bytes_ < sizeof header_ || file_bytes_ > kLargestFile) {
    return fail("is not as long as a crash file");
  }
  if (!read_bytes(0, &header_, sizeof header_)) return fail("cannot be read");
  if (header_.magic != crash::kMagic) return fail("is not a crash file");
  format_ = header_.version;
  if (format_ != crash::kVersion) {
    return fail("has format " + std::to_string(format_) + ", this program reads " +
                std::to_string(crash::kVersion) +
                ": recover it with the micromegas of the program's own version");
  }
  const auto in_file = [this](std::uint64_t offset, std::uint64_t bytes) {
    return offset <= file_bytes_ && bytes <= file_bytes_ - offset;
  };
  if (header_.chunk_bytes != Chunk::kBytes || header_.slots_bytes > kLargestTable ||
      header_.facts_bytes > kLargestTable || !in_file(header_.slots_offset, header_.slots_bytes) ||
      !in_file(header_.facts_offset, header_.facts_bytes) ||
      !in_file(header_.chunks_offset, header_.chunks_bytes) ||
      !std::all_of(header_.sets.begin(), header_.sets.end(), [&](const crash::RegionPlace& sets) {
        return in_file(sets.offset, sets.bytes);
      })) {
    return fail("is cut off, or its header is damaged");
  }
  chunks_seen_.assign(header_.chunks_bytes / Chunk::kBytes, false);
  return true;
}

bool CrashReader::read_clock(DeadProcess& process) {
  const auto clock = tracing::TickConverter::restore(header_.clocks[header_.clock_turn % 2]);
  if (!clock) return fail("its clock is damaged");
  process.clock = *clock;
  return true;
}

bool CrashReader::read_facts(DeadProcess& process) {
  process.sites = std::make_unique<SiteTable>();
  Bytes facts(std::min<std::uint64_t>(header_.facts_end, header_.facts_bytes));
  if (!read_bytes(header_.facts_offset, facts.data(), facts.size())) return fail("cannot be read");
  bool described = false;
  std::vector<std::pair<std::int32_t, Site>> names;
  const bool whole = for_each_fact(facts, [&](crash::FactKind kind, ByteView fact) {
    if (kind == crash::FactKind::kProcess && !described) described = read_process(fact, process);
    if (kind != crash::FactKind::kSite) return;
    const auto site = read_site(fact);
    if (!site) return;
    if (site->second.location != 0) {
      names.push_back(*site);
    } else {
      process.sites->restore(site->first, site->second);
    }
  });
  if (!whole || !described) return fail("what it says of the process is damaged");
  // A name's site may be told after it.
  for (auto& [number, site] : names) {
    if (site.location < 0 || site.location > SiteTable::kMaxSites) continue;
    const Site* location = process.sites->find(site.location);
    if (location != nullptr) site.call_site = location->call_site;
    process.sites->restore(number, site);
  }
  return true;
}

bool CrashReader::read_process(ByteView fact, DeadProcess& process) {
  crash::ProcessFact front;
  if (!read_front(fact, front) || !is_time(front.start_time)) return false;
  tracing::ProcessDescription& description = process.description;
  description.process_id.uuid.bytes = header_.process_id;
  description.start_time = {front.start_time};
  const ProcessId parent{{front.parent_process_id}};
  if (parent != ProcessId{}) description.parent_process_id = parent;
  ByteView texts = fact.subspan(sizeof front);
  for (std::string* text : {&description.exe, &description.username, &description.realname,
                            &description.computer, &description.distro, &description.cpu_brand}) {
    const auto read = tracing::take_text(texts);
    if (!read) return false;
    *text = *read;
  }
  description.properties.clear();
  for (std::uint32_t i = 0; i < front.nb_properties; ++i) {
    const auto key = tracing::take_text(texts);
    const auto value = tracing::take_text(texts);
    if (!key || !value) return false;
    description.properties.emplace_back(*key, *value);
  }
  process.pid = header_.pid;
  process.block_bytes =
      std::clamp<std::uint64_t>(header_.block_bytes, kSmallestBlock, kLargestBlock);
  process.threads_lost = header_.threads_lost;
  return true;
}

bool CrashReader::read_sets(DeadProcess& process) {
  process.sets = std::make_unique<tracing::PropertyTable>();
  tracing::PropertyText text;
  for (std::size_t size = 0; size < header_.sets.size(); ++size) {
    const crash::RegionPlace& place = header_.sets[size];
    const std::size_t cell_bytes = tracing::bytes_of_set_cell(size);
    const std::size_t nb_cells = std::min<std::uint64_t>(
        place.bytes / cell_bytes, tracing::PropertyTable::kSizes[size].nb_cells);
    // As a rule most of them are a hole in the file.
    Bytes piece(128 * cell_bytes);
    for (std::size_t cell = 0; cell < nb_cells; ++cell) {
      const std::size_t at = cell * cell_bytes % piece.size();
      const std::size_t rest = (nb_cells - cell) * cell_bytes;
      if (at == 0 && !read_bytes(place.offset + cell * cell_bytes, piece.data(),
                                 std::min(piece.size(), rest))) {
        return fail("cannot be read");
      }
      const std::uint32_t number =
          tracing::read_set_cell(ByteView(piece).subspan(at, cell_bytes), text);
      if (number != 0) process.sets->restore(size, cell, number, text);
    }
  }
  return true;
}

bool CrashReader::read_threads(DeadProcess& process) {
  // No two streams have one id, whatever the slots say.
  const ProcessId process_id = process.description.process_id;
  std::unordered_set<StreamId> streams{crash::crash_of(process_id),
                                       crash::messages_of(process_id, crash::kLogs),
                                       crash::messages_of(process_id, crash::kMetrics)};
  Bytes slots(header_.slots_bytes);
  if (!read_bytes(header_.slots_offset, slots.data(), slots.size())) return fail("cannot be read");
  for (std::size_t at = 0; at + sizeof(crash::ThreadSlot) <= slots.size();
       at += sizeof(crash::ThreadSlot)) {
    const auto& slot = *reinterpret_cast<const crash::ThreadSlot*>(slots.data() + at);
    if (slot.in_use != 1) continue;
    const StreamId id{{slot.stream_id}};
    const bool details_new = streams.insert(crash::details_of(id)).second;
    if (!streams.insert(id).second || !details_new) continue;
    process.threads.push_back(read_thread(slot, process));
  }
  for (std::size_t i = 0; i < process.messages.size(); ++i) {
    const auto* position = newest(header_.messages[i].positions, header_.generation);
    if (position == nullptr) continue;
    if (!is_count(position->nb_events) || !is_time(position->block_end)) continue;
    process.messages[i] = {position->nb_events, {position->block_end}};
  }
  return true;
}

DeadThread CrashReader::read_thread(const crash::ThreadSlot& slot, DeadProcess& process) {
  DeadThread thread;
  thread.stream_id.uuid.bytes = slot.stream_id;
  thread.thread_id = slot.thread_id;
  thread.name.assign(slot.name.data(), ::strnlen(slot.name.data(), slot.name.size()));

  const crash::Position* position = newest(slot.positions, header_.generation);
  if (position == nullptr || !process.clock.in_bounds(slot.first_ticks) ||
      !is_count(position->nb_events) || !is_time(position->block_end) ||
      !is_count(position->nb_details) || !is_time(position->details_end)) {
    return thread;
  }
  thread.first_ticks = slot.first_ticks;
  thread.nb_events = position->nb_events;
  thread.block_end = {position->block_end};
  thread.nb_details = position->nb_details;
  thread.details_end = {position->details_end};

  const std::uint64_t messages_from =
      position->messages_read_to != 0 ? position->messages_read_to : position->read_to;
  bool messages_found = false;
  std::optional<std::uint64_t> place = place_of(position->oldest);
  std::uint64_t from = position->read_to - position->oldest;
  while (place && !chunks_seen_[*place / Chunk::kBytes]) {
    chunks_seen_[*place / Chunk::kBytes] = true;
    Bytes chunk(Chunk::kBytes);
    if (!read_bytes(header_.chunks_offset + *place, chunk.data(), chunk.size())) break;
    Bytes records = read_records(chunk, from, process);
    // A thread never leaves a chunk that it has not filled.
    if (records.empty() && from == Chunk::kHeaderBytes) break;
    const std::uint64_t offset =
        messages_from - (header_.base + header_.chunks_offset + *place + from);
    if (is_between_records(records, offset)) {
      messages_found = true;
      thread.messages_piece = thread.pieces.size();
      thread.messages_offset = offset;
    }
    if (!records.empty()) thread.pieces.push_back(std::move(records));
    std::uint64_t next = 0;
    std::memcpy(&next, chunk.data() + offsetof(Chunk, next), sizeof next);
    place = place_of(next);
    from = Chunk::kHeaderBytes;
  }
  // Beyond all that is here: nothing was said since.
  if (!messages_found) thread.messages_piece = thread.pieces.size();
  return thread;
}

Bytes CrashReader::read_records(const Bytes& chunk, std::size_t from, DeadProcess& process) {
  if (from < Chunk::kHeaderBytes || from > Chunk::kBytes || from % alignof(std::uint64_t) != 0) {
    return {};
  }
  std::size_t end = from;
  for (;;) {
    const std::size_t size = tracing::size_of_whole_record(chunk.data() + end, chunk.size() - end);
    if (size == 0) break;
    const detail::SpanRecord& front = tracing::front_of(chunk.data() + end);
    if (!process.clock.in_bounds(front.ticks) || !fits(chunk.data() + end, size)) break;
    if (tracing::has_site(tracing::kind_of(front))) {
      if (front.site < 1 || front.site > SiteTable::kMaxSites) break;
      if (process.sites->find(front.site) == nullptr) restore_unknown(*process.sites, front.site);
    }
    end += size;
  }
  return {chunk.begin() + static_cast<std::ptrdiff_t>(from),
          chunk.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::optional<std::uint64_t> CrashReader::place_of(std::uint64_t address) const noexcept {
  const std::uint64_t place = address - header_.base - header_.chunks_offset;
  if (address == 0 || place % Chunk::kBytes != 0) return std::nullopt;
  if (place / Chunk::kBytes >= chunks_seen_.size()) return std::nullopt;
  return place;
}

}  // namespace micromegas::recovery
