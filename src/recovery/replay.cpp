#include "recovery/replay.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <unordered_set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracing/block_file.h"
#include "tracing/block_writer.h"
#include "tracing/chunk_pool.h"
#include "tracing/crash_format.h"
#include "tracing/message_collector.h"
#include "transit/records.h"

namespace micromegas::recovery {
namespace {

using tracing::Chunk;
using tracing::ClosedBlock;
using tracing::RegisteredThread;
using tracing::StreamDescription;
using tracing::StreamKind;

/// The chunks of a thread as they were: a list, the records in place.
class ThreadMemory {
 public:
  /// False: there is not enough memory.
  bool fill(const DeadThread& dead, RegisteredThread& thread) {
    Chunk* last = nullptr;
    for (const Bytes& piece : dead.pieces) {
      void* memory = ::operator new(Chunk::kBytes, std::align_val_t{Chunk::kBytes}, std::nothrow);
      if (memory == nullptr) return false;
      auto* chunk = ::new (memory) Chunk;
      chunks_.emplace_back(chunk);
      std::memcpy(chunk->begin(), piece.data(), piece.size());
      chunk->end = chunk->begin() + piece.size();
      if (last != nullptr) last->next.store(chunk);
      last = chunk;
    }
    if (last == nullptr) return false;
    thread.oldest = chunks_.front().get();
    thread.read_to = thread.oldest->begin();
    thread.seen_cursor = last->end;
    return true;
  }

  Chunk* chunk(std::size_t piece) const noexcept { return chunks_[piece].get(); }

 private:
  struct Free {
    void operator()(Chunk* chunk) const noexcept {
      ::operator delete(chunk, std::align_val_t{Chunk::kBytes});
    }
  };
  std::vector<std::unique_ptr<Chunk, Free>> chunks_;
};

std::optional<Bytes> read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return std::nullopt;
  Bytes bytes;
  struct stat status{};
  constexpr off_t kLargestFile = off_t{1} << 30;
  bool whole =
      ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= kLargestFile;
  if (whole) {
    bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t read = ::read(file, bytes.data() + at, bytes.size() - at);
      if (read <= 0) break;
      at += static_cast<std::size_t>(read);
    }
    whole = at == bytes.size();
  }
  ::close(file);
  if (!whole) return std::nullopt;
  return bytes;
}

/// No process has made another one.
bool is_possible(const ClosedBlock& block) noexcept {
  constexpr std::int64_t kLatestTime = 4'000'000'000'000'000'000;  // In the year 2096.
  return block.begin.value >= 0 && block.begin <= block.end && block.end.value <= kLatestTime &&
         block.object_offset >= 0 && block.nb_objects > 0;
}

class Replay {
 public:
  Replay(const DeadProcess& process, tracing::EventSink& sink, ReplayPace& pace) noexcept
      : process_(process),
        sink_(sink),
        pace_(pace),
        writer_(*process.sites, *process.sets),
        messages_(*process.sites, *process.sets) {
    const Ticks start = process.description.start_ticks();
    const ProcessId id = process.description.process_id;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      streams_[i] = process.messages[i];
      if (streams_[i].nb_events == 0) streams_[i].block_end = start;
    }
    const DeadStream& logs = streams_[tracing::crash::kLogs];
    const DeadStream& metrics = streams_[tracing::crash::kMetrics];
    messages_.start_logs(logs.block_end, tracing::crash::messages_of(id, tracing::crash::kLogs),
                         logs.nb_events);
    messages_.start_metrics(metrics.block_end,
                            tracing::crash::messages_of(id, tracing::crash::kMetrics),
                            metrics.nb_events);
  }

  ReplayedProcess run() {
    sink_.on_process(process_.description);
    latest_ = process_.description.start_ticks();
    for (const std::string& path : process_.blocks_on_the_way) {
      if (done_.whole) replay_block(path);
    }
    for (const DeadThread& thread : process_.threads) {
      latest_ = std::max(latest_, thread.block_end);
      if (done_.whole && !thread.pieces.empty()) replay_thread(thread);
    }
    replay_messages();
    if (done_.whole) mark_as_crashed();
    return done_;
  }

 private:
  void replay_block(const std::string& path) {
    const std::optional<Bytes> file = read_file(path);
    if (!file) return;
    const auto read = tracing::read_block_file(*file);
    if (!read || !is_possible(read->block) || will_be_made(read->block)) return;
    announce(read->stream);
    ++done_.blocks_on_the_way;
    hand_over(read->block);
  }

  /// The process died before it noted that the block is made: its records are still in the chunks.
  bool will_be_made(const ClosedBlock& block) const noexcept {
    const ProcessId id = process_.description.process_id;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      if (tracing::crash::messages_of(id, i) == block.stream_id) {
        return streams_[i].nb_events <= block.object_offset;
      }
    }
    return std::any_of(process_.threads.begin(), process_.threads.end(), [&](const auto& thread) {
      return (thread.stream_id == block.stream_id && thread.nb_events <= block.object_offset) ||
             (tracing::crash::details_of(thread.stream_id) == block.stream_id &&
              thread.nb_details <= block.object_offset);
    });
  }

  void replay_messages() {
    ClosedBlock block;
    StreamDescription stream;
    while (done_.whole && messages_.next_block(process_.block_bytes, block, stream)) {
      announce(stream);
      hand_over(block);
    }
  }

  void announce(const StreamDescription& stream) {
    if (!announced_.insert(stream.stream_id).second) return;
    sink_.on_stream(stream);
    ++done_.streams;
  }

  void replay_thread(const DeadThread& dead) {
    RegisteredThread thread;
    ThreadMemory memory;
    if (!memory.fill(dead, thread)) {
      done_.whole = false;
      return;
    }
    thread.first_ticks = dead.first_ticks;
    thread.stream_id = dead.stream_id;
    thread.nb_events = dead.nb_events;
    thread.block_end = dead.block_end;
    thread.details.stream_id = tracing::crash::details_of(dead.stream_id);
    thread.details.nb_events = dead.nb_details;
    thread.details.block_end = dead.details_end;
    if (dead.messages_piece < dead.pieces.size()) {
      thread.messages_chunk = memory.chunk(dead.messages_piece);
      thread.messages_read_to = thread.messages_chunk->begin() + dead.messages_offset;
      thread.messages.store(1);  // There may be some.
      messages_.take_from(thread, process_.clock);
    }
    const StreamDescription stream =
        tracing::thread_stream(dead.stream_id, dead.thread_id, dead.name);
    StreamDescription details = stream;
    details.stream_id = thread.details.stream_id;
    details.kind = StreamKind::kAsyncDetail;
    while (done_.whole && tracing::BlockWriter::pending_bytes(thread) > 0) {
      ClosedBlock block;
      if (writer_.write(thread, process_.clock, process_.block_bytes, block)) {
        announce(stream);
        hand_over(block);
      }
      if (writer_.has_details() && writer_.write_details(thread, block)) {
        announce(details);
        hand_over(block);
      }
    }
  }

  void mark_as_crashed() {
    StreamDescription stream;
    stream.stream_id = tracing::crash::crash_of(process_.description.process_id);
    stream.kind = StreamKind::kCrash;
    stream.properties = {{"crashed", "true"}, {"pid", std::to_string(process_.pid)}};
    announce(stream);

    constexpr std::byte kTypeIndex{0};
    const transit::ProcessCrashEvent event{done_.events, latest_.value};
    std::array<std::byte, 1 + sizeof event> object{kTypeIndex};
    std::memcpy(object.data() + 1, &event, sizeof event);
    ClosedBlock block;
    block.stream_id = stream.stream_id;
    block.kind = stream.kind;
    block.begin = latest_;
    block.end = latest_;
    block.nb_objects = 1;
    block.objects = object;
    sink_.on_block(block);
    ++done_.blocks;
  }

  void hand_over(const ClosedBlock& block) {
    sink_.on_block(block);
    latest_ = std::max(latest_, block.end);
    ++done_.blocks;
    done_.events += static_cast<std::uint64_t>(block.nb_objects);
    done_.whole = pace_.go_on(done_.blocks, done_.events);
  }

  const DeadProcess& process_;
  tracing::EventSink& sink_;
  ReplayPace& pace_;
  tracing::BlockWriter writer_;
  tracing::MessageCollector messages_;
  std::array<DeadStream, tracing::crash::kMessageStreams> streams_;
  Ticks latest_;
  ReplayedProcess done_;
  std::unordered_set<StreamId> announced_;
};

}  // namespace

ReplayedProcess replay(const DeadProcess& process, tracing::EventSink& sink, ReplayPace& pace) {
  return Replay(process, sink, pace).run();
}

}  // namespace micromegas::recovery
