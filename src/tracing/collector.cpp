#include "tracing/collector.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "base/background_thread.h"
#include "tracing/message_path.h"
#include "tracing/process_facts.h"
#include "tracing/property_table.h"
#include "tracing/raw_clock.h"
#include "tracing/site_table.h"

namespace micromegas::tracing {
namespace {

using std::chrono::steady_clock;

/// At least so often both clocks are read, for `TickConverter`.
constexpr std::chrono::nanoseconds kLongestSleep = std::chrono::seconds(1);

/// At least so often, while a sink wants logs, it gets them.
constexpr std::chrono::nanoseconds kLogSleep = std::chrono::milliseconds(100);

/// And for the second time after so long: from then on the counter's rate is known.
constexpr std::chrono::nanoseconds kFirstSleep = std::chrono::milliseconds(2);

/// Chunks that lie ready from the beginning.
constexpr std::size_t kPreparedBytes = 8 * Chunk::kBytes;

constinit std::atomic<bool> a_collector_runs{false};

/// In a forked child none does: it may start one of its own.
void expect_forks() noexcept {
  static const int kHandler =
      ::pthread_atfork(nullptr, nullptr, [] { a_collector_runs.store(false); });
  static_cast<void>(kHandler);
}

/// Properties in the order given, the first of each name only.
Properties first_of_each(Properties all) {
  Properties kept;
  for (auto& property : all) {
    const bool known = std::any_of(
        kept.begin(), kept.end(), [&](const auto& other) { return other.first == property.first; });
    if (!known) kept.push_back(std::move(property));
  }
  return kept;
}

ProcessDescription describe(const RecorderOptions& options, Timestamp start) {
  ProcessDescription process = describe_this_process();
  process.process_id = ProcessId::random();
  process.start_time = start.floor_to_microsecond();
  process.parent_process_id = options.parent_process_id;
  Properties all = options.process_properties;
  all.insert(all.end(), process.properties.begin(), process.properties.end());
  process.properties = first_of_each(std::move(all));
  return process;
}

}  // namespace

Collector::Collector(RecorderOptions options, std::unique_ptr<EventSink> sink)
    : options_(std::move(options)),
      sink_(std::move(sink)),
      processor_counter_(options_.processor_counter && processor_counter_is_a_clock()),
      pid_(::getpid()),
      registry_(ThreadRegistry::instance()),
      clock_(read_clocks(processor_counter_)),
      writer_(SiteTable::instance(), PropertyTable::instance()),
      messages_(SiteTable::instance(), PropertyTable::instance()),
      dropped_before_(registry_.dropped_events()),
      names_refused_before_(SiteTable::instance().names_refused()) {
  process_ = describe(options_, Timestamp{clock_.start().value});
  expect_forks();
  if (a_collector_runs.exchange(true)) return;
  next_flush_ = steady_clock::now() + options_.flush_period;
  registry_.chunks().set_capacity(options_.buffer_bytes);
  if (!options_.crash_folder.empty()) open_crash_file();
  registry_.chunks().prepare(std::min(kPreparedBytes, options_.buffer_bytes));
  messages_.start(process_.start_ticks());
  if (crash_file_ != nullptr) {
    const ProcessId id = process_.process_id;
    messages_.start_logs(process_.start_ticks(), crash::messages_of(id, crash::kLogs), 0);
    messages_.start_metrics(process_.start_ticks(), crash::messages_of(id, crash::kMetrics), 0);
  }
  losses_.start(current_losses());
  registry_.start_recording(
      processor_counter_,
      static_cast<std::uint32_t>(std::max<std::size_t>(1, options_.block_bytes / Chunk::kBytes)),
      options_.cpu_tracing);
  thread_ = start_background_thread("mm-collector", [this] { run(); });
  if (!thread_.joinable()) {
    registry_.stop_recording();
    close_crash_file();
    a_collector_runs.store(false);
  }
}

Collector::~Collector() { stop(); }

void Collector::stop() noexcept {
  if (!running()) return;
  if (::getpid() != pid_) {
    // A forked child has neither this thread nor the sink's: nothing to wait for, nothing to touch.
    static_cast<void>(new std::thread(std::move(thread_)));
    static_cast<void>(sink_.release());
    return;
  }
  stopping_.store(true, std::memory_order_release);
  registry_.wake_up().wake();
  thread_.join();
  a_collector_runs.store(false);
}

void Collector::flush() {
  if (!running() || ::getpid() != pid_) return;
  const std::uint64_t mine = flushes_requested_.fetch_add(1, std::memory_order_acq_rel) + 1;
  registry_.wake_up().wake();
  std::unique_lock lock(flush_mutex_);
  flush_done_.wait(lock, [&] { return flushes_done_ >= mine; });
}

RecorderStatistics Collector::statistics() const noexcept {
  RecorderStatistics statistics;
  statistics.events = events_.load(std::memory_order_relaxed);
  statistics.blocks = blocks_.load(std::memory_order_relaxed);
  statistics.dropped_events =
      registry_.dropped_events() - dropped_before_ + lost_events_.load(std::memory_order_relaxed);
  statistics.names_refused = SiteTable::instance().names_refused() - names_refused_before_;
  return statistics;
}

void Collector::run() noexcept {
  sink_->on_process(process_);
  while (!stopping_.load(std::memory_order_acquire)) {
    wait_until_due();
    const std::uint64_t requested = flushes_requested_.load(std::memory_order_acquire);
    const bool flush_is_due = steady_clock::now() >= next_flush_;
    collect(flush_is_due || requested != flushes_done_);
    if (flush_is_due) next_flush_ = steady_clock::now() + options_.flush_period;
    finish_flushes(requested);
  }
  registry_.stop_recording();
  collect(true);
  sink_->drain(steady_clock::now() + options_.drain_timeout);
  close_crash_file();
  finish_flushes(flushes_requested_.load(std::memory_order_acquire));
}

void Collector::wait_until_due() noexcept {
  const auto until_flush = std::chrono::nanoseconds(next_flush_ - steady_clock::now());
  if (until_flush.count() <= 0) return;
  const auto longest = sink_->wants_logs() ? kLogSleep : kLongestSleep;
  const auto until_reading = clock_.knows_rate() ? longest : kFirstSleep;
  registry_.wake_up().sleep(std::min(until_flush, until_reading));
}

void Collector::collect(bool close_all) noexcept {
  registry_.look(threads_);
  // After the look: every record that it found is older than this reading.
  read_clocks_again();
  const bool scarce = registry_.chunks().nearly_full();
  collect_messages(close_all);
  for (RegisteredThread* thread : threads_) {
    if (thread->only_messages) pass_over(*thread);
    collect_thread(*thread, close_all || scarce || thread->seen_ended);
    if (thread->seen_ended) registry_.forget(thread);
  }
}

void Collector::collect_messages(bool close_all) noexcept {
  for (RegisteredThread* thread : threads_) {
    thread->only_messages = messages_.take_from(*thread, clock_);
  }
  if (sink_->wants_logs()) messages_.tell_logs(*sink_);
  const Ticks time = clock_.convert(read_clocks(processor_counter_).raw);
  losses_.take(current_losses(), close_all, time, messages_);
  if (crash_file_ != nullptr) {
    hand_over_messages_with_evidence();
  } else if (close_all || messages_.block_is_due(options_.block_bytes)) {
    ClosedBlock block;
    StreamDescription stream;
    while (messages_.next_block(options_.block_bytes, block, stream)) {
      if (block.object_offset == 0) sink_->on_stream(stream);
      sink_->on_block(block);
      blocks_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  events_.fetch_add(messages_.take_events(), std::memory_order_relaxed);
  lost_events_.fetch_add(messages_.take_lost(), std::memory_order_relaxed);
}

void Collector::hand_over_messages_with_evidence() noexcept {
  // What was taken is in no chunk any more for whoever reads the crash file, so it must be in a
  // block; and all of it at once, since the threads' positions do not know the one from the other.
  constexpr std::size_t kNoLimit = std::numeric_limits<std::int32_t>::max();
  std::array<ClosedBlock, crash::kMessageStreams> blocks;
  std::size_t nb_blocks = 0;
  StreamDescription stream;
  while (nb_blocks < blocks.size() && messages_.next_block(kNoLimit, blocks[nb_blocks], stream)) {
    ClosedBlock& block = blocks[nb_blocks++];
    if (block.object_offset == 0) sink_->on_stream(stream);
    block.evidence = crash_file_->keep(block, stream);
    crash_file_->advance_messages(block.kind == StreamKind::kLog ? crash::kLogs : crash::kMetrics,
                                  block.object_offset + block.nb_objects, block.end);
  }
  if (nb_blocks == 0) return;
  for (RegisteredThread* thread : threads_) crash_file_->advance(*thread, thread->messages_read_to);
  crash_file_->commit();
  for (std::size_t i = 0; i < nb_blocks; ++i) {
    sink_->on_block(blocks[i]);
    blocks_.fetch_add(1, std::memory_order_relaxed);
  }
}

void Collector::pass_over(RegisteredThread& thread) noexcept {
  if (thread.read_to == thread.seen_cursor) return;
  Chunk* const from = thread.oldest;
  Chunk* const last = Chunk::of(thread.seen_cursor);
  while (thread.oldest != last) {
    thread.oldest = thread.oldest->next.load(std::memory_order_relaxed);
    thread.chunks_read.fetch_add(1, std::memory_order_relaxed);
  }
  thread.read_to = thread.seen_cursor;
  if (crash_file_ != nullptr) {
    crash_file_->advance(thread, thread.messages_read_to);
    crash_file_->commit();
  }
  give_back(from, last);
}

void Collector::give_back(Chunk* from, const Chunk* to) noexcept {
  while (from != to) {
    Chunk* read = std::exchange(from, from->next.load(std::memory_order_relaxed));
    registry_.chunks().give_back(read);
  }
}

Losses Collector::current_losses() const noexcept {
  Losses losses = sink_->losses();
  losses.dropped_events +=
      registry_.dropped_events() + lost_events_.load(std::memory_order_relaxed);
  losses.names_refused += SiteTable::instance().names_refused();
  losses.truncated_logs += truncated_logs();
  losses.properties_refused += PropertyTable::instance().refused();
  losses.properties_lost += PropertyTable::instance().lost();
  return losses;
}

void Collector::collect_thread(RegisteredThread& thread, bool close_all) noexcept {
  for (;;) {
    const std::size_t pending = BlockWriter::pending_bytes(thread);
    // A record takes more bytes in the block than in the chunk, so this makes a full one.
    if (pending == 0 || (!close_all && pending < options_.block_bytes)) return;
    ClosedBlock block;
    Chunk* const from = thread.oldest;
    const std::uint64_t lost_before = writer_.lost_events();
    const bool written = writer_.write(thread, clock_, options_.block_bytes, block);
    lost_events_.fetch_add(writer_.lost_events() - lost_before, std::memory_order_relaxed);
    // A thread that only logs has no stream of its own.
    if (written && !thread.announced) announce(thread);
    block.stream_id = thread.stream_id;
    ClosedBlock details;
    const bool has_details = write_details(thread, details);
    if (crash_file_ != nullptr) {
      if (written) block.evidence = crash_file_->keep(block, describe_stream(thread));
      if (has_details) details.evidence = crash_file_->keep(details, describe_details(thread));
      crash_file_->advance(thread, thread.messages_read_to);
      crash_file_->commit();
    }
    if (written) hand_over(block);
    if (has_details) hand_over(details);
    // Only now: until the commit, whoever reads the crash file finds the records there.
    give_back(from, thread.oldest);
  }
}

bool Collector::write_details(RegisteredThread& thread, ClosedBlock& block) noexcept {
  if (!writer_.has_details()) return false;
  if (!thread.details.announced) {
    thread.details.announced = true;
    if (thread.details.stream_id == StreamId{}) thread.details.stream_id = StreamId::random();
    sink_->on_stream(describe_details(thread));
  }
  return writer_.write_details(thread, block);
}

void Collector::hand_over(const ClosedBlock& block) noexcept {
  sink_->on_block(block);
  events_.fetch_add(static_cast<std::uint64_t>(block.nb_objects), std::memory_order_relaxed);
  blocks_.fetch_add(1, std::memory_order_relaxed);
}

void Collector::announce(RegisteredThread& thread) noexcept {
  thread.announced = true;
  if (thread.stream_id == StreamId{}) thread.stream_id = StreamId::random();
  sink_->on_stream(describe_stream(thread));
}

StreamDescription Collector::describe_stream(const RegisteredThread& thread) {
  return thread_stream(thread.stream_id, thread.thread_id, thread.name.data());
}

StreamDescription Collector::describe_details(const RegisteredThread& thread) {
  StreamDescription stream = describe_stream(thread);
  stream.stream_id = thread.details.stream_id;
  stream.kind = StreamKind::kAsyncDetail;
  return stream;
}

void Collector::read_clocks_again() noexcept {
  clock_.add(read_clocks(processor_counter_));
  if (crash_file_ != nullptr) crash_file_->save_clock(clock_);
}

void Collector::open_crash_file() noexcept {
  crash_file_ = CrashFile::create(
      {options_.crash_folder, options_.buffer_bytes, options_.block_bytes}, process_);
  if (crash_file_ == nullptr) return;
  crash_file_->save_clock(clock_);
  SiteTable::instance().tell_all(*crash_file_);
  PropertyTable::instance().tell_all(*crash_file_);
  registry_.chunks().set_source(crash_file_);
}

void Collector::close_crash_file() noexcept {
  if (crash_file_ == nullptr) return;
  registry_.chunks().set_source(nullptr);
  crash_file_->remove();
  crash_file_ = nullptr;
}

void Collector::finish_flushes(std::uint64_t requested) noexcept {
  {
    const std::lock_guard lock(flush_mutex_);
    flushes_done_ = requested;
  }
  flush_done_.notify_all();
}

}  // namespace micromegas::tracing
