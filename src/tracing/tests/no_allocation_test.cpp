#include <charconv>
#include <cstdlib>
#include <new>

#include <catch2/catch.hpp>

#include <micromegas/micromegas.h>
#include <micromegas/target.h>

#include "recorded_program.h"
#include "tracing/target_switches.h"

namespace {

// Counts what each thread asks for, in the whole test program.
thread_local std::size_t allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* memory = alignment > alignof(std::max_align_t)
                     ? std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                     : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 1); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace micromegas::tracing {
namespace {

void every_kind_of_span(std::string_view name) {
  MM_SPAN("thread span");
  MM_NAMED_SPAN(name);
  AsyncSpan handle(MM_SITE("handle"));
  ContextScope inside(handle.context());
  AsyncSpan named(MM_SITE(""), name);
}

void every_kind_of_message(std::string_view text) {
  MM_LOG_INFO("static");
  MM_LOG_INFO("{} {} {}", text, 42, 0.1);
  const PropertySet own{{"user", text}, {"step", "pay"}};
  MM_LOG_WARN_WITH(own, "own");
  MM_METRIC("integer", "count", 1);
  MM_METRIC("float", "s", 0.5, own);
  const PropertySet handed_down{{"request", text}};
  const ContextScope inside({0, 0, handed_down.id()});
  MM_LOG_INFO("inherited {}", text);
  MM_METRIC("merged", "count", 1, handed_down.with(own));
  MM_LOG_DEBUG("not recorded {}", text);
}

TEST_CASE("once warm, a span allocates nothing on the thread that makes it", "[allocation]") {
  RecordedProgram program({.block_bytes = 64 * 1024});
  const std::string name = "a name known at run time";
  // Warm: the sites are numbered, the thread is registered, and the pool holds enough chunks.
  for (int i = 0; i < 20'000; ++i) every_kind_of_span(name);
  program.flush();

  const std::size_t before = allocations;
  for (int i = 0; i < 10'000; ++i) every_kind_of_span(name);
  CHECK(allocations == before);
  program.stop();
  CHECK(program.recorder().statistics().dropped_events == 0);
}

TEST_CASE("once warm, a log or a metric allocates nothing on the thread that makes it",
          "[allocation]") {
  RecordedProgram program({.block_bytes = 64 * 1024});
  const std::string text = "a text known at run time";
  for (int i = 0; i < 5000; ++i) every_kind_of_message(text);
  program.flush();

  const std::size_t before = allocations;
  for (int i = 0; i < 5000; ++i) every_kind_of_message(text);
  // Sets that are new each time as well.
  for (int i = 0; i < 10'000; ++i) {
    char value[16];
    const auto end = std::to_chars(value, value + sizeof value, i).ptr;
    MM_METRIC("new set", "count", i,
              PropertySet{{"request", {value, static_cast<std::size_t>(end - value)}}});
  }
  CHECK(allocations == before);
  program.stop();
  CHECK(program.recorder().statistics().dropped_events == 0);
}

Task<> empty_coroutine() {
  MM_CO_SPAN("coroutine");
  co_return;
}

TEST_CASE("once warm, a traced coroutine allocates its frame and nothing else", "[allocation]") {
  RecordedProgram program({.block_bytes = 64 * 1024});
  const auto once = [] {
    Task<> task = empty_coroutine();
    task.start();
  };
  for (int i = 0; i < 20'000; ++i) once();
  program.flush();

  constexpr std::size_t kCoroutines = 10'000;
  const std::size_t before = allocations;
  for (std::size_t i = 0; i < kCoroutines; ++i) once();
  CHECK(allocations - before <= kCoroutines);
}

Task<> telling_coroutine(std::string_view user) {
  MM_CO_SPAN("telling", {"user", user});
  co_await std::suspend_never{};
  co_await std::suspend_always{};
}

TEST_CASE("once warm, properties and suspensions of a span allocate nothing", "[allocation]") {
  set_suspensions("1");
  RecordedProgram program({.block_bytes = 64 * 1024});
  const auto once = [] {
    Task<> task = telling_coroutine("ann");
    task.start();
  };
  for (int i = 0; i < 5000; ++i) once();
  program.flush();

  constexpr std::size_t kCoroutines = 5000;
  const std::size_t before = allocations;
  for (std::size_t i = 0; i < kCoroutines; ++i) once();
  CHECK(allocations - before <= kCoroutines);
  program.stop();
  CHECK(program.recorder().statistics().dropped_events == 0);
  TargetSwitches::instance().forget_rules();
}

}  // namespace
}  // namespace micromegas::tracing
