// How many blocks a server with durability takes on this machine, load generator included.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingestion/buffer_memory.h"
#include "ingestion/http_server.h"
#include "wire/messages.h"

namespace micromegas {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kWarmUp{500};
constexpr std::chrono::milliseconds kDuration{4'000};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A server in a process of its own, over a lake that goes with it.
class ServerProcess {
 public:
  ServerProcess() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bench-lake-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) fail("mkdtemp");
    folder_ = pattern;
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) fail("pipe");
    child_ = fork();
    if (child_ < 0) fail("fork");
    if (child_ == 0) serve(ends[1]);
    close(ends[1]);
    if (read(ends[0], &port_, sizeof port_) != sizeof port_) fail("server");
    close(ends[0]);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }

  int port() const { return port_; }

  /// Processor time that it has used so far.
  double cpu_seconds() const {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(child_, &clock) != 0 || clock_gettime(clock, &time) != 0) fail("clock");
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

  const std::filesystem::path& folder() const { return folder_; }

 private:
  [[noreturn]] void serve(int report) {
    ingestion::keep_large_buffers();  // As the real server does.
    ingestion::HttpServerOptions options;
    options.port = 0;
    const auto server =
        ingestion::HttpServer::start(lake::Lake::open({.folder = folder_ / "lake"}), options);
    const int port = server->port();
    if (write(report, &port, sizeof port) != sizeof port) std::_Exit(1);
    for (;;) pause();
  }

  std::filesystem::path folder_;
  pid_t child_ = 0;
  int port_ = 0;
};

/// A request to insert a block, made anew for each block by writing another id into it.
class BlockRequest {
 public:
  explicit BlockRequest(std::size_t payload_bytes) {
    wire::BlockMessage block;
    block.info.block_id = BlockId::random();
    block.info.stream_id = StreamId::random();
    block.info.process_id = ProcessId::random();
    block.info.begin_time = Timestamp::now();
    block.info.end_time = Timestamp::now();
    block.info.nb_objects = 200;
    std::mt19937_64 random(block.info.begin_time.ns);
    const auto fill = [&](Bytes& bytes, std::size_t size) {
      bytes.resize(size);
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    };
    fill(block.payload.dependencies, payload_bytes / 5);
    fill(block.payload.objects, payload_bytes - payload_bytes / 5);
    const Bytes body = wire::encode_block(block);
    text_ =
        "POST /ingestion/insert_block HTTP/1.1\r\naccept: */*\r\nhost: bench\r\ncontent-length: " +
        std::to_string(body.size()) + "\r\n\r\n";
    const std::size_t head = text_.size();
    text_ += as_text(body);
    body_bytes_ = body.size();
    id_at_ = text_.find(block.info.block_id.to_string(), head);
  }

  std::string_view next() {
    text_.replace(id_at_, 36, BlockId::random().to_string());
    return text_;
  }
  std::size_t body_bytes() const { return body_bytes_; }

 private:
  std::string text_;
  std::size_t id_at_ = 0;
  std::size_t body_bytes_ = 0;
};

int connect_to(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connection < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

void exchange(int connection, std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = send(connection, request.data(), request.size(), 0);
    if (sent <= 0) fail("send");
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::array<char, 4096> answer{};
  std::size_t got = 0;
  while (std::string_view(answer.data(), got).find("\r\n\r\n") == std::string_view::npos) {
    const ssize_t more = recv(connection, answer.data() + got, answer.size() - got, 0);
    if (more <= 0) fail("recv");
    got += static_cast<std::size_t>(more);
  }
  if (!std::string_view(answer.data(), got).starts_with("HTTP/1.1 200")) {
    std::fprintf(stderr, "unexpected answer: %.*s\n", static_cast<int>(got), answer.data());
    std::exit(1);
  }
}

struct Load {
  double blocks_per_s = 0;
  double mb_per_s = 0;
  double server_us_per_block = 0;  ///< Of processor time: what busy neighbours do not change.
};

/// Each connection sends a block when the one before was answered.
Load run(const ServerProcess& server, std::size_t payload_bytes, int connections) {
  std::atomic<std::uint64_t> blocks{0};
  std::atomic<bool> done{false};
  std::atomic<std::size_t> body_bytes{0};
  std::vector<std::thread> clients;
  clients.reserve(static_cast<std::size_t>(connections));
  for (int i = 0; i < connections; ++i) {
    clients.emplace_back([&] {
      BlockRequest request(payload_bytes);
      body_bytes = request.body_bytes();
      const int connection = connect_to(server.port());
      while (!done) {
        exchange(connection, request.next());
        blocks.fetch_add(1, std::memory_order_relaxed);
      }
      close(connection);
    });
  }
  std::this_thread::sleep_for(kWarmUp);
  const std::uint64_t before = blocks;
  const double cpu_before = server.cpu_seconds();
  const auto begin = Clock::now();
  std::this_thread::sleep_for(kDuration);
  const auto counted = static_cast<double>(blocks - before);
  const double seconds = seconds_since(begin);
  const double cpu = server.cpu_seconds() - cpu_before;
  done = true;
  for (auto& client : clients) client.join();
  return {counted / seconds, counted / seconds * static_cast<double>(body_bytes) / 1e6,
          cpu * 1e6 / counted};
}

/// What the disk alone takes when one file is appended to and synced, `bytes` at a time.
double synced_appends_per_s(const std::filesystem::path& folder, std::size_t bytes) {
  const std::string content(bytes, 'x');
  const auto file = folder / "appends";
  const int handle = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (handle < 0) fail("open");
  const auto begin = Clock::now();
  int appends = 0;
  while (seconds_since(begin) < 1.0) {
    if (write(handle, content.data(), content.size()) < 0 || fdatasync(handle) != 0) fail("write");
    ++appends;
  }
  const double seconds = seconds_since(begin);
  close(handle);
  std::filesystem::remove(file);
  return appends / seconds;
}

void bench_small_blocks() {
  const ServerProcess server;
  const double syncs = synced_appends_per_s(server.folder(), 4'700);
  for (const int connections : {1, 8, 32, 128}) {
    const Load load = run(server, 4'700, connections);
    std::printf(
        "{\"bench\":\"ingest_small_blocks\",\"connections\":%d,\"blocks_per_s\":%.0f,"
        "\"mb_per_s\":%.1f,\"server_cpu_us_per_block\":%.1f,\"synced_appends_per_s\":%.0f,"
        "\"compared_to\":\"original, unsynced files: 4200 blocks/s\",\"ratio\":%.2f}\n",
        connections, load.blocks_per_s, load.mb_per_s, load.server_us_per_block, syncs,
        load.blocks_per_s / 4200);
    std::fflush(stdout);
  }
}

void bench_large_blocks() {
  const ServerProcess server;
  constexpr std::size_t kAppend = std::size_t{8} << 20;
  const double disk =
      synced_appends_per_s(server.folder(), kAppend) * static_cast<double>(kAppend) / 1e6;
  for (const int connections : {8, 16}) {
    const Load load = run(server, 800'000, connections);
    std::printf(
        "{\"bench\":\"ingest_large_blocks\",\"connections\":%d,\"blocks_per_s\":%.0f,"
        "\"mb_per_s\":%.1f,\"server_cpu_us_per_block\":%.1f,\"disk_synced_mb_per_s\":%.0f,"
        "\"compared_to\":\"original, unsynced files: 360 MB/s\",\"ratio\":%.2f}\n",
        connections, load.blocks_per_s, load.mb_per_s, load.server_us_per_block, disk,
        load.mb_per_s / 360);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace micromegas

int main() {
  micromegas::bench_small_blocks();
  micromegas::bench_large_blocks();
}
