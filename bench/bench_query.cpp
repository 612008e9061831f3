// How fast warm queries are through Flight: a server and its clients in this process, on loopback,
// against plain DuckDB on the same Parquet files.
//
//     bench_query [events...]      default: 1,000,000 and 10,000,000
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <arrow/flight/client.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "flight/flight_sql_messages.h"
#include "flight/server.h"
#include "lake/lake.h"
#include "query/database.h"
#include "query/duckdb_error.h"
#include "query/status.h"
#include "transit/stream_types.h"
#include "transit/thread_block_encoder.h"
#include "wire/lz4_frame.h"

namespace micromegas {
namespace {

namespace fs = std::filesystem;
namespace fl = arrow::flight;
using query::check;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kEventsPerBlock = std::size_t{64} << 10;
constexpr std::size_t kThreads = 8;
constexpr std::size_t kSites = 200;
constexpr std::size_t kMaxDepth = 6;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Ingests blocks of threads that open and close nested async spans; returns the process.
ProcessId record_program(lake::Lake& lake, std::size_t events) {
  wire::ProcessInfo process;
  process.process_id = ProcessId::random();
  process.exe = "bench";
  process.tsc_frequency = 1'000'000'000;
  process.start_time = {1'795'327'341'939'069'000};
  std::vector<std::string> names;
  names.reserve(kSites);
  for (std::size_t i = 0; i < kSites; ++i)
    names.push_back("service::operation_" + std::to_string(i));
  std::vector<transit::CallSite> sites;
  sites.reserve(kSites);
  for (const auto& name : names) sites.push_back({name, "service", "service", "service.cpp", 7, 3});

  struct Thread {
    wire::StreamInfo stream;
    std::vector<std::pair<const transit::CallSite*, transit::AsyncSpanIds>> open;
    std::int64_t now = 0;
    std::int64_t offset = 0;
  };
  std::vector<Thread> threads(kThreads);
  lake::IngestBatch batch;
  batch.processes = {process};
  for (auto& thread : threads) {
    thread.stream.process_id = process.process_id;
    thread.stream.stream_id = StreamId::random();
    thread.stream.dependencies_metadata = transit::thread_stream_types().dependencies;
    thread.stream.objects_metadata = transit::thread_stream_types().objects;
    thread.stream.tags = {"cpu"};
    batch.streams.push_back(thread.stream);
  }
  lake.metadata().ingest(batch);

  std::mt19937_64 random(20'261'122);
  std::lognormal_distribution<double> gap(std::log(2000.0), 1.0);
  std::uint64_t last_span = 0;
  transit::ThreadBlockEncoder encoder;
  for (std::size_t n = 0; events > 0; ++n) {
    auto& thread = threads[n % kThreads];
    const std::size_t count = std::min(events, kEventsPerBlock);
    events -= count;
    wire::BlockInfo info;
    info.block_id = BlockId::random();
    info.stream_id = thread.stream.stream_id;
    info.process_id = process.process_id;
    info.begin_ticks = {thread.now};
    info.begin_time = {process.start_time.ns + thread.now};
    encoder.clear();
    for (std::size_t i = 0; i < count; ++i) {
      thread.now += static_cast<std::int64_t>(gap(random));
      auto& open = thread.open;
      if (open.empty() || (open.size() < kMaxDepth && random() % 2 == 0)) {
        transit::AsyncSpanIds ids{++last_span, 0, static_cast<std::uint32_t>(open.size())};
        if (!open.empty()) ids.parent_span_id = open.back().second.span_id;
        open.emplace_back(&sites[random() % kSites], ids);
        encoder.begin_async_span(*open.back().first, ids, {thread.now});
      } else {
        encoder.end_async_span(*open.back().first, open.back().second, {thread.now});
        open.pop_back();
      }
    }
    info.end_ticks = {thread.now};
    info.end_time = {process.start_time.ns + thread.now};
    info.object_offset = thread.offset;
    info.nb_objects = encoder.nb_objects();
    thread.offset += info.nb_objects;
    const Bytes payload =
        wire::encode_payload({wire::compress_frame(encoder.dependencies(), wire::kFastLz4),
                              wire::compress_frame(encoder.objects(), wire::kFastLz4)});
    lake::BlockRow row;
    row.info = info;
    row.payload_size = static_cast<std::int64_t>(payload.size());
    row.payload = lake.blobs()
                      .write({{info.process_id, info.stream_id, info.block_id, ByteView(payload)}})
                      .front();
    lake.metadata().ingest({.processes = {}, .streams = {}, .blocks = {row}});
  }
  return process.process_id;
}

class FlightClient {
 public:
  explicit FlightClient(int port)
      : client_(
            check(fl::FlightClient::Connect(check(fl::Location::ForGrpcTcp("127.0.0.1", port))))) {}

  void run(const std::string& sql) {
    check(check(client_->DoGet({flight::encode_statement_ticket(sql)}))->ToTable());
  }

 private:
  std::unique_ptr<fl::FlightClient> client_;
};

/// DuckDB without us: the files by name, results as DuckDB's own chunks.
class PlainDuckdb {
 public:
  explicit PlainDuckdb(const fs::path& folder)
      : database_({}, folder), connection_(database_.connect()) {}

  void run(const std::string& sql) { query::run(connection_.get(), sql); }

 private:
  query::Database database_;
  query::DuckdbConnection connection_;
};

/// The best of several runs, at least three and for about a second.
double best_milliseconds(const std::function<void()>& run) {
  double best = 1e12;
  const auto begin = Clock::now();
  for (int i = 0; i < 3 || (milliseconds_since(begin) < 1000 && i < 200); ++i) {
    const auto start = Clock::now();
    run();
    best = std::min(best, milliseconds_since(start));
  }
  return best;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

struct Question {
  const char* name;
  const char* sql;  ///< `$view` is the view, or the files.
  double goal_1m;   ///< Milliseconds; 0: none was set.
  double goal_10m;
};

constexpr Question kQuestions[] = {
    {"count", "SELECT count(*) FROM $view", 0, 20},
    {"group_by_name", "SELECT name, count(*) FROM $view GROUP BY name", 12, 60},
    {"begin_end_join",
     "SELECT count(*), sum(epoch_ns(e.time) - epoch_ns(b.time)) FROM $view b JOIN $view e "
     "ON b.span_id = e.span_id WHERE b.event_type = 'begin' AND e.event_type = 'end'",
     0, 750},
    {"parent_child_join",
     "SELECT p.name, c.name, count(*) FROM $view p JOIN $view c ON p.span_id = c.parent_span_id "
     "WHERE p.event_type = 'begin' AND c.event_type = 'begin' GROUP BY ALL",
     0, 600},
    {"one_span_id", "SELECT * FROM $view WHERE span_id = 77777", 10, 0},
};

void ask(std::size_t events, int port, const std::string& view, const std::string& files,
         const fs::path& folder) {
  FlightClient client(port);
  PlainDuckdb duckdb(folder);
  for (const auto& question : kQuestions) {
    const double ours =
        best_milliseconds([&] { client.run(replaced(question.sql, "$view", view)); });
    const double plain =
        best_milliseconds([&] { duckdb.run(replaced(question.sql, "$view", files)); });
    const double goal = events == 1'000'000    ? question.goal_1m
                        : events == 10'000'000 ? question.goal_10m
                                               : 0;
    std::printf(
        "{\"bench\":\"query_%s\",\"events\":%zu,\"milliseconds\":%.2f,\"goal\":%.0f,"
        "\"compared_to\":\"plain DuckDB on the same files (%.2f ms)\",\"ratio\":%.2f}\n",
        question.name, events, ours, goal, plain, ours / plain);
    std::fflush(stdout);
  }
}

/// Small queries of several clients at once, each after its last was answered.
void ask_together(std::size_t events, int port, const std::string& view, int clients) {
  std::atomic<int> answered{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(clients));
  const auto begin = Clock::now();
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&] {
      FlightClient client(port);
      while (!stop) {
        client.run("SELECT name, count(*) FROM " + view + " GROUP BY name");
        ++answered;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(3));
  stop = true;
  for (auto& thread : threads) thread.join();
  const double per_second = answered / (milliseconds_since(begin) / 1000);
  std::printf(
      "{\"bench\":\"query_%d_clients\",\"events\":%zu,\"queries_per_s\":%.0f,"
      "\"compared_to\":\"goal: 200 queries/s\",\"ratio\":%.2f}\n",
      clients, events, per_second, per_second / 200);
}

void bench(std::size_t events) {
  std::string folder = (fs::temp_directory_path() / "bench-query-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  {
    const auto lake = lake::Lake::open({.folder = folder});
    const auto process = record_program(*lake, events).to_string();
    flight::ServerOptions options;
    options.port = 0;
    const auto server = flight::Server::start(lake, options);
    const std::string view = "view_instance('async_events', '" + process + "')";
    FlightClient(server->port()).run("SELECT count(*) FROM " + view);

    std::string files;
    for (const auto& partition : lake->metadata().all_partitions()) {
      if (partition.file_path.empty()) continue;
      files += (files.empty() ? "" : ", ") +
               query::sql_literal((lake->partitions_folder() / partition.file_path).string());
    }
    ask(events, server->port(), view, "read_parquet([" + files + "])", lake->partitions_folder());
    ask_together(events, server->port(), view, 8);
    server->stop();
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace micromegas

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  try {
    if (argc == 1) {
      for (const std::size_t events : {1'000'000, 10'000'000}) micromegas::bench(events);
    }
    for (int i = 1; i < argc; ++i) micromegas::bench(std::strtoull(argv[i], nullptr, 10));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_query: %s\n", error.what());
    return 1;
  }
  return 0;
}
