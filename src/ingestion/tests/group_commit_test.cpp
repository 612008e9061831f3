#include "ingestion/group_commit.h"

#include <condition_variable>
#include <future>
#include <mutex>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "ingestion/tests/fake_lake.h"
#include "ingestion/tests/sample_bodies.h"
#include "lake/tests/temporary_folder.h"

namespace micromegas::ingestion {
namespace {

/// Holds up whoever passes until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for_somebody() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class QueueUnderTest {
 public:
  explicit QueueUnderTest(GroupCommit::Options options = {}) : queue(lake, options) {}

  /// Submits, and gives what `done` will be called with: "" or the kind of the error.
  std::future<std::string> submit(Envelope envelope) {
    auto promise = std::make_shared<std::promise<std::string>>();
    auto future = promise->get_future();
    queue.submit(std::move(envelope), [promise](const std::exception_ptr& failure) {
      promise->set_value(kind_of(failure));
    });
    return future;
  }

  /// Likewise, of a probe.
  std::future<std::string> probe() {
    auto promise = std::make_shared<std::promise<std::string>>();
    auto future = promise->get_future();
    queue.submit_probe(
        [promise](const std::exception_ptr& failure) { promise->set_value(kind_of(failure)); });
    return future;
  }

  static Envelope block(const wire::BlockMessage& message) {
    return open_envelope(EnvelopeKind::kBlock, wire::encode_block(message));
  }

  bool is_stored(const wire::BlockMessage& message) {
    return !lake->metadata().known_blocks({message.info.block_id}).empty();
  }

  lake::TemporaryFolder folder;
  std::shared_ptr<FakeLake> lake =
      std::make_shared<FakeLake>(lake::Lake::open({.folder = folder.path()}));
  GroupCommit queue;

 private:
  static std::string kind_of(const std::exception_ptr& failure) {
    if (!failure) return "";
    try {
      std::rethrow_exception(failure);
    } catch (const Error& e) {
      return std::string(to_string(e.kind()));
    }
  }
};

}  // namespace

TEST_CASE("whoever comes during a commit shares the next one", "[group_commit]") {
  QueueUnderTest test;
  Gate gate;
  test.lake->blobs().before_write = [&] { gate.pass(); };
  std::vector<std::future<std::string>> answers;
  answers.push_back(test.submit(QueueUnderTest::block(some_block())));
  gate.wait_for_somebody();
  for (int i = 0; i < 10; ++i) answers.push_back(test.submit(QueueUnderTest::block(some_block())));
  gate.open();
  for (auto& answer : answers) CHECK(answer.get().empty());
  CHECK(test.lake->blobs().writes() == std::vector<std::size_t>{1, 10});
}

TEST_CASE("a commit is bounded in count and in bytes", "[group_commit]") {
  GroupCommit::Options options;
  options.max_commit_envelopes = 3;
  options.max_commit_bytes = 100'000;
  QueueUnderTest test(options);
  Gate gate;
  test.lake->blobs().before_write = [&] { gate.pass(); };
  std::vector<std::future<std::string>> answers;
  const auto submit = [&](std::size_t payload_size) {
    answers.push_back(test.submit(
        QueueUnderTest::block(some_block(ProcessId::random(), StreamId::random(), payload_size))));
  };
  submit(10);
  gate.wait_for_somebody();
  for (int i = 0; i < 4; ++i) submit(10);  // Three and one ...
  submit(60'000);                          // ... which takes this one with it;
  submit(60'000);                          // no room for both;
  submit(500'000);                         // alone, though too large.
  gate.open();
  for (auto& answer : answers) CHECK(answer.get().empty());
  CHECK(test.lake->blobs().writes() == std::vector<std::size_t>{1, 3, 2, 1, 1});
}

TEST_CASE("a full queue refuses, and takes again when there is room", "[group_commit]") {
  GroupCommit::Options options;
  SECTION("by count") { options.max_queued_envelopes = 2; }
  SECTION("by bytes") { options.max_queued_bytes = 3'000; }
  QueueUnderTest test(options);
  Gate gate;
  test.lake->blobs().before_write = [&] { gate.pass(); };
  auto under_way = test.submit(QueueUnderTest::block(some_block()));
  gate.wait_for_somebody();
  auto first = test.submit(QueueUnderTest::block(some_block()));
  auto second = test.submit(QueueUnderTest::block(some_block()));
  CHECK(test.queue.queued_envelopes() == 2);
  CHECK(test.queue.queued_bytes() > 0);
  CHECK(test.submit(QueueUnderTest::block(some_block())).get() == "resource exhausted");
  gate.open();
  CHECK(under_way.get().empty());
  CHECK(first.get().empty());
  CHECK(second.get().empty());
  CHECK(test.submit(QueueUnderTest::block(some_block())).get().empty());
  CHECK(test.queue.queued_bytes() == 0);
}

TEST_CASE("a repeated block writes no payload", "[group_commit]") {
  QueueUnderTest test;
  const auto block = some_block();
  CHECK(test.submit(QueueUnderTest::block(block)).get().empty());
  CHECK(test.submit(QueueUnderTest::block(block)).get().empty());
  CHECK(test.lake->blobs().writes() == std::vector<std::size_t>{1, 0});

  // Also when both copies are in one commit.
  Gate gate;
  test.lake->blobs().before_write = [&] { gate.pass(); };
  const auto twice = some_block();
  auto under_way = test.submit(QueueUnderTest::block(some_block()));
  gate.wait_for_somebody();
  auto first = test.submit(QueueUnderTest::block(twice));
  auto second = test.submit(QueueUnderTest::block(twice));
  gate.open();
  CHECK(under_way.get().empty());
  CHECK(first.get().empty());
  CHECK(second.get().empty());
  CHECK(test.lake->blobs().writes() == std::vector<std::size_t>{1, 0, 1, 1});
  CHECK(test.lake->metadata().blocks_of_process(twice.info.process_id, 0).size() == 1);
}

TEST_CASE("a payload that cannot be written leaves no row, and the next try works",
          "[group_commit]") {
  QueueUnderTest test;
  test.lake->blobs().before_write = [] { throw unavailable("the disk is full"); };
  const auto block = some_block();
  CHECK(test.submit(QueueUnderTest::block(block)).get() == "unavailable");
  CHECK_FALSE(test.is_stored(block));
  test.lake->blobs().before_write = nullptr;
  CHECK(test.submit(QueueUnderTest::block(block)).get().empty());
  CHECK(test.is_stored(block));
}

TEST_CASE("rows that cannot be written are an error for all who share the commit",
          "[group_commit]") {
  QueueUnderTest test;
  test.lake->metadata().before_ingest = [](const auto&) { throw unavailable("locked"); };
  auto process = some_process();
  CHECK(test.submit(QueueUnderTest::block(some_block())).get() == "unavailable");
  CHECK(test.submit(process).get() == "unavailable");
  test.lake->metadata().before_ingest = [](const auto&) { throw std::bad_alloc(); };
  CHECK(test.submit(process).get() == "internal");
  test.lake->metadata().before_ingest = nullptr;
  CHECK(test.submit(process).get().empty());
  CHECK(test.lake->metadata().find_process(process.process_id));
}

TEST_CASE("one envelope that a store refuses does not spoil the others", "[group_commit]") {
  QueueUnderTest test;
  auto bad = some_process();
  bad.exe = "bad";
  Gate gate;
  test.lake->blobs().before_write = [&] { gate.pass(); };
  test.lake->metadata().before_ingest = [](const lake::IngestBatch& batch) {
    for (const auto& process : batch.processes) {
      if (process.exe == "bad") throw invalid_argument("exe: bad");
    }
  };
  auto under_way = test.submit(QueueUnderTest::block(some_block()));
  gate.wait_for_somebody();
  const auto good = some_process();
  auto of_good = test.submit(good);
  auto of_bad = test.submit(bad);
  gate.open();
  CHECK(under_way.get().empty());
  CHECK(of_good.get().empty());
  CHECK(of_bad.get() == "invalid argument");
  CHECK(test.lake->metadata().find_process(good.process_id));
}

TEST_CASE("stopping stores what is queued and refuses what comes later", "[group_commit]") {
  QueueUnderTest test;
  Gate gate;
  test.lake->blobs().before_write = [&] { gate.pass(); };
  auto under_way = test.submit(QueueUnderTest::block(some_block()));
  gate.wait_for_somebody();
  const auto block = some_block();
  auto queued = test.submit(QueueUnderTest::block(block));
  std::thread stopper([&] { test.queue.stop(); });
  gate.open();
  stopper.join();
  CHECK(under_way.get().empty());
  CHECK(queued.get().empty());
  CHECK(test.is_stored(block));
  CHECK(test.submit(QueueUnderTest::block(some_block())).get() == "unavailable");
}

TEST_CASE("many who ask whether storing works cost it one look", "[group_commit]") {
  QueueUnderTest test;
  Gate gate;
  test.lake->blobs().before_write = [&] { gate.pass(); };
  const auto block = some_block();
  auto stored = test.submit(QueueUnderTest::block(block));
  gate.wait_for_somebody();  // Nothing is known yet: all of these wait.
  std::vector<std::future<std::string>> probes;
  probes.reserve(100);
  for (int i = 0; i < 100; ++i) probes.push_back(test.probe());
  gate.open();
  CHECK(stored.get().empty());
  for (auto& probe : probes) CHECK(probe.get().empty());
  CHECK(test.lake->checks == 1);
  for (int i = 0; i < 100; ++i) CHECK(test.probe().get().empty());
  CHECK(test.lake->checks == 1);
}

TEST_CASE("a commit proves that storing works; proof goes stale", "[group_commit]") {
  {
    QueueUnderTest test;
    CHECK(test.submit(QueueUnderTest::block(some_block())).get().empty());
    CHECK(test.probe().get().empty());
    CHECK(test.lake->checks == 0);
  }
  QueueUnderTest test({.proof_lasts = std::chrono::milliseconds(0)});
  CHECK(test.probe().get().empty());
  CHECK(test.probe().get().empty());
  CHECK(test.lake->checks == 2);
}

}  // namespace micromegas::ingestion
