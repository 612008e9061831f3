#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "counters_of_test.h"
#include "recorded_process.h"
#include "views/partition_updater.h"
#include "watched_lake.h"

namespace micromegas::views {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void record_block(RecordedProcess& app, RecordedProcess::Thread thread, int i) {
  const std::string name = "span " + std::to_string(i);
  app.at(i * 1us).begin(thread, name);
  app.at(i * 1us + 100ns).end(thread, name);
  app.flush(thread);
}

/// A query on a thread of its own.
class Query {
 public:
  Query(PartitionUpdater& updater, const std::shared_ptr<const View>& view,
        const std::optional<TimeRange>& range = std::nullopt)
      : thread_([this, &updater, view, range] {
          try {
            partitions_ = updater.bring_up_to_date(*view, range, token_);
          } catch (const Error& e) {
            error_ = e.kind();
          }
        }) {}
  ~Query() {
    if (thread_.joinable()) thread_.join();
  }

  void cancel() { token_.cancel(); }

  /// The error's kind, if there was one.
  std::optional<ErrorKind> wait() {
    thread_.join();
    return error_;
  }
  const std::vector<lake::PartitionRow>& partitions() const { return partitions_; }

 private:
  CancellationToken token_;
  std::vector<lake::PartitionRow> partitions_;
  std::optional<ErrorKind> error_;
  std::thread thread_;
};

std::set<std::string> paths(const std::vector<lake::PartitionRow>& partitions) {
  std::set<std::string> paths;
  for (const auto& partition : partitions) paths.insert(partition.file_path);
  return paths;
}

/// Returns once the condition holds; gives up after ten seconds.
bool eventually(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + 10s;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace

TEST_CASE("eight queries of a cold view share one build", "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  for (int i = 1; i <= 8; ++i) record_block(app, ui, i);

  const CounterGrowth built("micromegas_partitions_built_total");
  PartitionUpdater updater(app.lake().lake(), {});
  std::vector<std::unique_ptr<Query>> queries;
  queries.reserve(8);
  for (int i = 0; i < 8; ++i) queries.push_back(std::make_unique<Query>(updater, app.view()));
  for (auto& query : queries) CHECK(query->wait() == std::nullopt);
  CHECK(built() == 1);
  for (auto& query : queries) {
    REQUIRE(query->partitions().size() == 1);
    CHECK(paths(query->partitions()) == paths(queries[0]->partitions()));
  }
}

TEST_CASE("a lone query that is cancelled ends at once, and its build too", "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  for (int i = 1; i <= 8; ++i) record_block(app, ui, i);
  Gate gate;
  const CounterGrowth cancelled("micromegas_updates_cancelled_total");
  PartitionUpdater updater(std::make_shared<WatchedLake>(app.lake().lake(), [&] { gate.pass(); }),
                           {});

  Query query(updater, app.view());
  gate.wait_for_arrival();
  const auto before = Clock::now();
  query.cancel();
  CHECK(query.wait() == ErrorKind::kCancelled);
  CHECK(Clock::now() - before < 1s);

  gate.open();
  CHECK(eventually([&] { return cancelled() == 1; }));
  CHECK(app.lake().partition_files().empty());
  CHECK(app.lake().metadata().all_partitions().empty());

  // What was given up can be asked for again.
  Query again(updater, app.view());
  CHECK(again.wait() == std::nullopt);
  CHECK(again.partitions().size() == 1);
}

TEST_CASE("a query that is cancelled does not disturb the others", "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  for (int i = 1; i <= 8; ++i) record_block(app, ui, i);
  Gate gate;
  const CounterGrowth shared("micromegas_updates_shared_total");
  const CounterGrowth cancelled("micromegas_updates_cancelled_total");
  const CounterGrowth decoded("micromegas_blocks_decoded_total");
  PartitionUpdater updater(std::make_shared<WatchedLake>(app.lake().lake(), [&] { gate.pass(); }),
                           {});

  // The first one starts a build; two more wait for the next one, which they share.
  auto first = std::make_unique<Query>(updater, app.view());
  gate.wait_for_arrival();
  Query second(updater, app.view());
  Query third(updater, app.view());
  REQUIRE(eventually([&] { return shared() == 1; }));

  SECTION("neither when it started the build") {
    first->cancel();
    CHECK(first->wait() == ErrorKind::kCancelled);
    first.reset();  // With it goes its view, which the build was using.
    gate.open();
    CHECK(second.wait() == std::nullopt);
    CHECK(third.wait() == std::nullopt);
    CHECK(second.partitions().size() == 1);
    CHECK(paths(second.partitions()) == paths(third.partitions()));
    CHECK(decoded() == 8);  // They profit from what was under way.
  }
  SECTION("but when all have gone, the build ends") {
    for (Query* query : {first.get(), &second, &third}) {
      CHECK(cancelled() == 0);
      query->cancel();
      CHECK(query->wait() == ErrorKind::kCancelled);
    }
    gate.open();
    CHECK(eventually([&] { return cancelled() == 1; }));
    CHECK(app.lake().metadata().all_partitions().empty());
  }
  SECTION("nor when it shares one with them") {
    second.cancel();
    CHECK(second.wait() == ErrorKind::kCancelled);
    gate.open();
    CHECK(first->wait() == std::nullopt);
    CHECK(third.wait() == std::nullopt);
    CHECK(first->partitions().size() == 1);
    CHECK(paths(first->partitions()) == paths(third.partitions()));
  }
}

TEST_CASE("a build of more than the others want ends with the one who wanted it", "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  for (int i = 1; i <= 8; ++i) record_block(app, ui, i);
  Gate gate;
  const CounterGrowth shared("micromegas_updates_shared_total");
  const CounterGrowth cancelled("micromegas_updates_cancelled_total");
  PartitionUpdater updater(std::make_shared<WatchedLake>(app.lake().lake(), [&] { gate.pass(); }),
                           {});
  const Timestamp start = app.process().start_time;
  const TimeRange first_block{start, Timestamp{start.ns + 1'500}};

  Query all(updater, app.view());
  gate.wait_for_arrival();
  Query one(updater, app.view(), first_block);
  Query another(updater, app.view(), first_block);
  REQUIRE(eventually([&] { return shared() == 1; }));
  all.cancel();
  CHECK(all.wait() == ErrorKind::kCancelled);
  gate.open();
  CHECK(one.wait() == std::nullopt);
  CHECK(another.wait() == std::nullopt);
  CHECK(cancelled() == 1);
}

TEST_CASE("a block that arrives while a build goes on is in the answer of who came after it",
          "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  Gate gate;
  PartitionUpdater updater(std::make_shared<WatchedLake>(app.lake().lake(), [&] { gate.pass(); }),
                           {});
  Query early(updater, app.view());
  gate.wait_for_arrival();
  record_block(app, ui, 2);
  Query late(updater, app.view());
  std::this_thread::sleep_for(20ms);
  gate.open();
  CHECK(early.wait() == std::nullopt);
  CHECK(late.wait() == std::nullopt);
  CHECK(late.partitions().size() == 2);
}

TEST_CASE("a payload that cannot be had now fails the query and is not held against the block",
          "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  record_block(app, ui, 2);
  std::atomic<bool> away{true};
  PartitionUpdater updater(std::make_shared<WatchedLake>(app.lake().lake(),
                                                         [&] {
                                                           if (away) throw unavailable("away");
                                                         }),
                           {});
  Query query(updater, app.view());
  CHECK(query.wait() == ErrorKind::kUnavailable);
  CHECK(app.lake().metadata().all_partitions().empty());
  CHECK(app.lake().partition_files().empty());

  away = false;
  Query again(updater, app.view());
  CHECK(again.wait() == std::nullopt);
  CHECK(again.partitions().size() == 2);
  CHECK(app.lake().metadata().all_block_errors().empty());
}

TEST_CASE("packs that are not mounted fail the query; mounted, they are read", "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  PartitionUpdater updater(app.lake().lake(), {});
  const auto packs = app.lake().lake()->partitions_folder().parent_path() / "blobs" / "packs";
  auto elsewhere = packs;
  elsewhere += "-elsewhere";
  std::filesystem::rename(packs, elsewhere);
  Query query(updater, app.view());
  CHECK(query.wait() == ErrorKind::kUnavailable);
  CHECK(app.lake().metadata().all_partitions().empty());

  std::filesystem::rename(elsewhere, packs);
  Query again(updater, app.view());
  CHECK(again.wait() == std::nullopt);
  CHECK(again.partitions().size() == 1);
  CHECK(app.lake().metadata().all_block_errors().empty());
}

TEST_CASE("a payload that is not what was written costs its block only", "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  record_block(app, ui, 1);
  record_block(app, ui, 2);
  std::atomic<int> reads{0};
  const auto spoil_the_first = [&] {
    if (reads++ == 0) throw Error(ErrorKind::kMalformed, "checksum differs");
  };
  PartitionUpdater updater(std::make_shared<WatchedLake>(app.lake().lake(), spoil_the_first),
                           {.threads = 1});
  Query query(updater, app.view());
  CHECK(query.wait() == std::nullopt);
  CHECK(query.partitions().size() == 1);
  const auto errors = app.lake().metadata().all_block_errors();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].stage == "payload");
  CHECK(errors[0].reason == "checksum differs");
}

TEST_CASE("two servers on one lake never give a row twice, nor miss one", "[concurrency]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  std::atomic<int> ingested{0};
  std::atomic<int> wrong{0};
  std::atomic<int> answers{0};
  constexpr int kBlocks = 120;

  const auto serve = [&](const std::shared_ptr<lake::Lake>& lake) {
    PartitionUpdater updater(lake, {});
    for (bool last = false; !last;) {
      const int before = ingested;
      last = before == kBlocks;
      const auto rows = read_rows(*lake, updater.bring_up_to_date(*app.view(), {}, {}));
      std::set<std::pair<std::int64_t, std::string>> distinct;
      for (const auto& row : rows) distinct.emplace(row.span_id, row.event_type);
      if (distinct.size() != rows.size() || rows.size() < 2 * static_cast<std::size_t>(before)) {
        ++wrong;
      }
      ++answers;
    }
  };
  std::vector<std::thread> servers;
  servers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    servers.emplace_back(serve, i % 2 == 0 ? app.lake().lake() : app.lake().open());
  }
  for (int i = 1; i <= kBlocks; ++i) {
    record_block(app, ui, i);
    ingested = i;
  }
  for (auto& server : servers) server.join();
  CHECK(wrong == 0);
  CHECK(answers >= 4);
}

}  // namespace micromegas::views
