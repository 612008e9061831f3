#include "sink/upload_queue.h"

#include <string>

#include <catch2/catch.hpp>

namespace micromegas::sink {
namespace {

using namespace std::chrono_literals;

const UploadQueue::Time kNow{};

Upload upload(Priority priority, const char* name, std::size_t size = 1) {
  Upload made;
  made.priority = priority;
  made.path = name;
  made.body.resize(size);
  return made;
}

std::string order_of(UploadQueue& queue) {
  std::string names;
  while (const auto next = queue.take(kNow)) names += next->path;
  return names;
}

TEST_CASE("metadata goes first, then logs, metrics and spans; each in order", "[upload_queue]") {
  UploadQueue queue({});
  queue.push(upload(Priority::kTraces, "t1 "));
  queue.push(upload(Priority::kMetrics, "m1 "));
  queue.push(upload(Priority::kTraces, "t2 "));
  queue.push(upload(Priority::kLogs, "l1 "));
  queue.push(upload(Priority::kMetadata, "p1 "));
  queue.push(upload(Priority::kMetadata, "p2 "));
  CHECK(order_of(queue) == "p1 p2 l1 m1 t1 t2 ");
  CHECK(queue.empty());
}

TEST_CASE("spans are refused first, then logs and metrics, metadata never", "[upload_queue]") {
  UploadQueue queue({.max_bytes_for_traces = 100, .max_bytes = 200});
  queue.push(upload(Priority::kTraces, "t", 100));
  CHECK(queue.has_room(Priority::kTraces));
  queue.push(upload(Priority::kTraces, "t", 1));
  CHECK(queue.bytes() == 101);
  CHECK_FALSE(queue.has_room(Priority::kTraces));
  CHECK(queue.has_room(Priority::kLogs));
  queue.push(upload(Priority::kLogs, "l", 100));
  CHECK_FALSE(queue.has_room(Priority::kLogs));
  CHECK_FALSE(queue.has_room(Priority::kMetrics));
  CHECK(queue.has_room(Priority::kMetadata));
  order_of(queue);
  CHECK(queue.bytes() == 0);
  CHECK(queue.has_room(Priority::kTraces));
}

/// How often an upload that always fails is attempted, and how long it waits in all.
std::pair<int, std::chrono::nanoseconds> attempts_of(Priority priority) {
  UploadQueue queue({});
  queue.push(upload(priority, "x"));
  UploadQueue::Time now = kNow;
  for (int attempts = 1;; ++attempts) {
    auto next = queue.take(now);
    REQUIRE(next);
    next->attempts = attempts;
    if (!queue.retry(*next, now)) return {attempts, now - kNow};
    CHECK_FALSE(queue.take(now));
    REQUIRE(queue.next_attempt());
    now = *queue.next_attempt();
  }
}

TEST_CASE("what fails is tried again, tenfold later each time, as its priority deserves",
          "[upload_queue]") {
  CHECK(attempts_of(Priority::kTraces) == std::pair<int, std::chrono::nanoseconds>(2, 10ms));
  CHECK(attempts_of(Priority::kMetrics) == std::pair<int, std::chrono::nanoseconds>(3, 110ms));
  CHECK(attempts_of(Priority::kLogs) == std::pair<int, std::chrono::nanoseconds>(6, 71'110ms));
  CHECK(attempts_of(Priority::kMetadata).first == 11);
}

TEST_CASE("a request that waits for its next attempt keeps nobody back", "[upload_queue]") {
  UploadQueue queue({});
  Upload failed = upload(Priority::kMetadata, "failed");
  failed.attempts = 3;
  REQUIRE(queue.retry(failed, kNow));
  queue.push(upload(Priority::kTraces, "t"));
  CHECK(std::string(queue.take(kNow)->path) == "t");
  CHECK_FALSE(queue.take(kNow));
  CHECK_FALSE(queue.empty());
  CHECK(std::string(queue.take(kNow + 1s)->path) == "failed");
}

TEST_CASE("what cannot be tried again in time can be taken out", "[upload_queue]") {
  UploadQueue queue({});
  for (const int attempts : {1, 2, 3, 4}) {
    Upload failed = upload(Priority::kMetadata, "x");
    failed.attempts = attempts;  // Due in 10 ms, 100 ms, 1 s and 10 s.
    REQUIRE(queue.retry(failed, kNow));
  }
  CHECK(queue.take_later_than(kNow + 500ms).size() == 2);
  CHECK(queue.bytes() == 2);
  CHECK(queue.next_attempt() == kNow + 10ms);
}

}  // namespace
}  // namespace micromegas::sink
