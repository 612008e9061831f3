#include "tracing/thread_registry.h"

#include <new>
#include <utility>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <micromegas/detail/ticks.h>

#include "tracing/crash_file.h"
#include "tracing/raw_clock.h"
#include "tracing/target_switches.h"

namespace micromegas::tracing {

ThreadRegistry& ThreadRegistry::instance() noexcept {
  alignas(ThreadRegistry) static std::byte memory[sizeof(ThreadRegistry)];
  static ThreadRegistry& registry = *::new (memory) ThreadRegistry;  // Never destroyed.
  return registry;
}

RegisteredThread* ThreadRegistry::register_thread(Chunk* chunk) noexcept {
  auto* thread = new (std::nothrow) RegisteredThread;
  if (thread == nullptr) return nullptr;
  thread->thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
  if (::pthread_getname_np(::pthread_self(), thread->name.data(), thread->name.size()) != 0) {
    thread->name[0] = '\0';
  }
  thread->first_ticks = processor_counter() ? detail::read_ticks() : read_monotonic_ticks();
  thread->state = &detail::thread_state();
  thread->oldest = chunk;
  thread->read_to = chunk->begin();
  const std::lock_guard lock(mutex_);
  if (CrashFile* crash_file = CrashFile::current()) crash_file->add_thread(*thread);
  thread->next = threads_;
  threads_ = thread;
  return thread;
}

void ThreadRegistry::thread_ends(RegisteredThread& thread) noexcept {
  {
    const std::lock_guard lock(mutex_);
    thread.last_cursor = thread.state->cursor.load(std::memory_order_relaxed);
    thread.state = nullptr;
  }
  // Its chunk is wanted back: a program may run through thousands of threads.
  if (recording()) wake_up_.wake();
}

void ThreadRegistry::chunk_filled(RegisteredThread& thread) noexcept {
  const std::uint32_t filled = thread.chunks_filled.load(std::memory_order_relaxed) + 1;
  thread.chunks_filled.store(filled, std::memory_order_relaxed);
  const std::uint32_t waiting = filled - thread.chunks_read.load(std::memory_order_relaxed);
  if (waiting >= chunks_per_block_.load(std::memory_order_relaxed) || chunks_.nearly_full()) {
    wake_up_.wake();
  }
}

void ThreadRegistry::start_recording(bool processor_counter, std::uint32_t chunks_per_block,
                                     bool spans) noexcept {
  static const int kForkHandlers =
      ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  static_cast<void>(kForkHandlers);

  processor_counter_.store(processor_counter, std::memory_order_relaxed);
  chunks_per_block_.store(chunks_per_block, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  for (RegisteredThread* thread = threads_; thread != nullptr; thread = thread->next) {
    skip_records(*thread);
  }
  recording_.store(true, std::memory_order_release);
  TargetSwitches::instance().start_recording(spans);
}

void ThreadRegistry::stop_recording() noexcept {
  TargetSwitches::instance().stop_recording();
  recording_.store(false, std::memory_order_release);
}

void ThreadRegistry::skip_records(RegisteredThread& thread) noexcept {
  std::byte* cursor = thread.state != nullptr ? thread.state->cursor.load(std::memory_order_acquire)
                                              : thread.last_cursor;
  while (thread.oldest != Chunk::of(cursor)) {
    Chunk* read = thread.oldest;
    thread.oldest = read->next.load(std::memory_order_relaxed);
    chunks_.give_back(read);
    thread.chunks_read.fetch_add(1, std::memory_order_relaxed);
  }
  thread.read_to = cursor;
  thread.stream_id = {};
  thread.announced = false;
  thread.nb_events = 0;
  thread.details = {};
  thread.messages_chunk = nullptr;
  thread.messages_taken = thread.messages.load(std::memory_order_relaxed);
  thread.first_ticks = processor_counter() ? detail::read_ticks() : read_monotonic_ticks();
  thread.crash_slot = nullptr;
  if (CrashFile* crash_file = CrashFile::current()) crash_file->add_thread(thread);
}

void ThreadRegistry::forget_all() noexcept {
  chunks_.abandon();
  while (threads_ != nullptr) delete std::exchange(threads_, threads_->next);
  detach_this_thread();
}

void ThreadRegistry::look(std::vector<RegisteredThread*>& threads) {
  threads.clear();
  const std::lock_guard lock(mutex_);
  for (RegisteredThread* thread = threads_; thread != nullptr; thread = thread->next) {
    thread->seen_ended = thread->state == nullptr;
    thread->seen_cursor = thread->seen_ended
                              ? thread->last_cursor
                              : thread->state->cursor.load(std::memory_order_acquire);
    threads.push_back(thread);
  }
}

void ThreadRegistry::forget(RegisteredThread* thread) noexcept {
  {
    const std::lock_guard lock(mutex_);
    RegisteredThread** at = &threads_;
    while (*at != thread) at = &(*at)->next;
    *at = thread->next;
    if (CrashFile* crash_file = CrashFile::current()) crash_file->remove_thread(*thread);
    count_dropped(thread->dropped_events.load(std::memory_order_relaxed));
  }
  chunks_.give_back(thread->oldest);
  delete thread;
}

std::uint64_t ThreadRegistry::dropped_events() noexcept {
  const std::lock_guard lock(mutex_);
  std::uint64_t dropped = dropped_events_.load(std::memory_order_relaxed);
  for (RegisteredThread* thread = threads_; thread != nullptr; thread = thread->next) {
    dropped += thread->dropped_events.load(std::memory_order_relaxed);
  }
  return dropped;
}

// A forked child has one thread and no collector: it records nothing until it starts afresh, and
// forgets then what was recorded before. The mutex is held over the fork, so that the child does
// not inherit it locked by a thread it lacks. A chunk that such a thread was about to take is lost.

void ThreadRegistry::before_fork() noexcept { instance().mutex_.lock(); }

void ThreadRegistry::after_fork_in_parent() noexcept { instance().mutex_.unlock(); }

void ThreadRegistry::after_fork_in_child() noexcept {
  ThreadRegistry& registry = instance();
  registry.stop_recording();
  if (CrashFile::leave_all_to_parent()) registry.forget_all();
  for (RegisteredThread* thread = registry.threads_; thread != nullptr; thread = thread->next) {
    if (thread->state == nullptr || thread->state == &detail::thread_state()) continue;
    // It is not here, and its state may soon be that of a new thread.
    thread->last_cursor = thread->state->cursor.load(std::memory_order_relaxed);
    thread->state = nullptr;
  }
  // Whoever was waking or sleeping at that moment is not here either.
  ::new (&registry.wake_up_) WakeUp;
  registry.mutex_.unlock();
}

}  // namespace micromegas::tracing
