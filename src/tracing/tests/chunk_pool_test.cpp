#include "tracing/chunk_pool.h"

#include <algorithm>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace micromegas::tracing {
namespace {

TEST_CASE("the pool gives out its capacity, and again what comes back", "[chunk_pool]") {
  ChunkPool pool;
  CHECK(pool.take() == nullptr);
  pool.set_capacity(3 * Chunk::kBytes);
  pool.prepare(2 * Chunk::kBytes);
  CHECK(pool.allocated() == 2);
  CHECK(pool.in_use() == 0);

  std::set<Chunk*> taken;
  for (int i = 0; i < 3; ++i) taken.insert(pool.take());
  CHECK(taken.size() == 3);
  CHECK_FALSE(taken.contains(nullptr));
  CHECK(pool.take() == nullptr);
  CHECK(pool.nearly_full());

  Chunk* back = *taken.begin();
  pool.give_back(back);
  CHECK(pool.take() == back);
  CHECK(pool.allocated() == 3);
  for (Chunk* chunk : taken) pool.give_back(chunk);
}

TEST_CASE("a cursor anywhere in a chunk leads back to it", "[chunk_pool]") {
  ChunkPool pool;
  pool.set_capacity(Chunk::kBytes);
  Chunk* chunk = pool.take();
  CHECK(Chunk::of(chunk->begin()) == chunk);
  CHECK(Chunk::of(chunk->limit()) == chunk);
  CHECK(chunk->begin() < chunk->limit());
  pool.give_back(chunk);
}

TEST_CASE("no two threads ever hold the same chunk", "[chunk_pool]") {
  ChunkPool pool;
  constexpr std::size_t kChunks = 8;
  constexpr int kThreads = 4;
  pool.set_capacity(kChunks * Chunk::kBytes);
  std::vector<std::thread> threads;
  std::vector<int> clashes(kThreads, 0);
  threads.reserve(kThreads);
  for (int me = 0; me < kThreads; ++me) {
    threads.emplace_back([&pool, &clash = clashes[static_cast<std::size_t>(me)], me] {
      const auto mark = static_cast<std::byte>(me + 1);
      for (int i = 0; i < 20'000; ++i) {
        Chunk* one = pool.take();
        Chunk* two = pool.take();
        for (Chunk* chunk : {one, two}) {
          if (chunk != nullptr) *chunk->begin() = mark;
        }
        for (Chunk* chunk : {one, two}) {
          if (chunk == nullptr) continue;
          if (*chunk->begin() != mark) ++clash;
          pool.give_back(chunk);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::count(clashes.begin(), clashes.end(), 0) == kThreads);
  CHECK(pool.in_use() == 0);
  CHECK(pool.allocated() <= kChunks);
}

}  // namespace
}  // namespace micromegas::tracing
