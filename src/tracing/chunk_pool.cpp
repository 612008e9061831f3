#include "tracing/chunk_pool.h"

#include <cstring>
#include <new>

#include <micromegas/detail/record.h>

namespace micromegas::tracing {
namespace {

// A chunk's address has its low 15 bits zero, and user space leaves the high 16 bits zero as well.
constexpr std::uint64_t kAddressMask = 0x0000'ffff'ffff'8000;
constexpr std::uint64_t kCountLow = 0x7fff;
static_assert((~kAddressMask & (Chunk::kBytes - 1)) == kCountLow);

Chunk* address_of(std::uint64_t top) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the word is an address and a count.
  return reinterpret_cast<Chunk*>(top & kAddressMask);
}

std::uint64_t count_of(std::uint64_t top) noexcept { return (top >> 48) << 15 | (top & kCountLow); }

std::uint64_t make_top(Chunk* chunk, std::uint64_t count) noexcept {
  return reinterpret_cast<std::uintptr_t>(chunk) | (count >> 15) << 48 | (count & kCountLow);
}

}  // namespace

std::byte* Chunk::limit() noexcept {
  return reinterpret_cast<std::byte*>(this) + kBytes - detail::kLargestRecord;
}

ChunkPool::~ChunkPool() {
  for (std::atomic<Top>* stack : {&top_, &before_}) {
    while (Chunk* chunk = pop(*stack)) ::operator delete(chunk, std::align_val_t{Chunk::kBytes});
  }
}

void ChunkPool::set_source(ChunkSource* source) noexcept {
  source_.store(source, std::memory_order_release);
  if (source == nullptr) {
    while (Chunk* chunk = take_from_before()) push(top_, chunk);
    return;
  }
  while (Chunk* chunk = pop(top_)) {
    allocated_.fetch_sub(1, std::memory_order_relaxed);
    push(before_, chunk);
  }
}

void ChunkPool::abandon() noexcept {
  source_.store(nullptr, std::memory_order_relaxed);
  top_.store(0, std::memory_order_relaxed);
  before_.store(0, std::memory_order_relaxed);
  allocated_.store(0, std::memory_order_relaxed);
  in_use_.store(0, std::memory_order_relaxed);
}

void ChunkPool::prepare(std::size_t bytes) noexcept {
  std::size_t ready = allocated() - in_use();
  for (; ready < bytes / Chunk::kBytes; ++ready) {
    Chunk* chunk = allocate();
    if (chunk == nullptr) return;
    std::memset(chunk->begin(), 0, Chunk::kBytes - Chunk::kHeaderBytes);
    push(top_, chunk);
  }
}

Chunk* ChunkPool::take() noexcept {
  Chunk* chunk = pop(top_);
  if (chunk == nullptr) chunk = allocate();
  if (chunk == nullptr) return nullptr;
  in_use_.fetch_add(1, std::memory_order_relaxed);
  chunk->next.store(nullptr, std::memory_order_relaxed);
  return chunk;
}

void ChunkPool::give_back(Chunk* chunk) noexcept {
  in_use_.fetch_sub(1, std::memory_order_relaxed);
  const ChunkSource* source = source_.load(std::memory_order_acquire);
  if (source == nullptr) {
    push(top_, chunk);
  } else if (source->owns(chunk)) {
    std::memset(chunk->begin(), 0, Chunk::kBytes - Chunk::kHeaderBytes);
    push(top_, chunk);
  } else {
    allocated_.fetch_sub(1, std::memory_order_relaxed);
    push(before_, chunk);
  }
}

Chunk* ChunkPool::allocate() noexcept {
  if (!count_one_more()) return nullptr;
  ChunkSource* source = source_.load(std::memory_order_acquire);
  void* memory = nullptr;
  if (source != nullptr) {
    memory = source->allocate_chunk();
    if (memory == nullptr) {
      if (Chunk* chunk = pop(before_)) return chunk;
    }
  }
  if (memory == nullptr) {
    memory = ::operator new(Chunk::kBytes, std::align_val_t{Chunk::kBytes}, std::nothrow);
  }
  if (memory != nullptr) return ::new (memory) Chunk;
  allocated_.fetch_sub(1, std::memory_order_relaxed);
  return nullptr;
}

Chunk* ChunkPool::take_from_before() noexcept {
  Chunk* chunk = pop(before_);
  if (chunk != nullptr) allocated_.fetch_add(1, std::memory_order_relaxed);
  return chunk;
}

bool ChunkPool::count_one_more() noexcept {
  if (allocated_.fetch_add(1, std::memory_order_relaxed) <
      capacity_.load(std::memory_order_relaxed)) {
    return true;
  }
  allocated_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void ChunkPool::push(std::atomic<Top>& stack, Chunk* chunk) noexcept {
  Top top = stack.load(std::memory_order_relaxed);
  do {
    chunk->next.store(address_of(top), std::memory_order_relaxed);
  } while (!stack.compare_exchange_weak(top, make_top(chunk, count_of(top) + 1),
                                        std::memory_order_acq_rel, std::memory_order_relaxed));
}

Chunk* ChunkPool::pop(std::atomic<Top>& stack) noexcept {
  Top top = stack.load(std::memory_order_acquire);
  for (;;) {
    Chunk* chunk = address_of(top);
    if (chunk == nullptr) return nullptr;
    // Another thread may have taken it meanwhile: then `next` is whatever, but the exchange fails.
    Chunk* next = chunk->next.load(std::memory_order_relaxed);
    if (stack.compare_exchange_weak(top, make_top(next, count_of(top) + 1),
                                    std::memory_order_acquire, std::memory_order_acquire)) {
      return chunk;
    }
  }
}

}  // namespace micromegas::tracing
