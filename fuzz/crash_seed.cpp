#include "crash_seed.h"

#include <chrono>
#include <coroutine>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <micromegas/async_span.h>
#include <micromegas/log.h>
#include <micromegas/metric.h>
#include <micromegas/target.h>
#include <micromegas/task.h>
#include <micromegas/thread_span.h>

#include "crash_input.h"
#include "tracing/chunk_pool.h"
#include "tracing/crash_file.h"
#include "tracing/recorder.h"

namespace micromegas::fuzz {
namespace {

namespace crash = tracing::crash;
namespace fs = std::filesystem;

struct Nowhere final : tracing::EventSink {
  void on_process(const tracing::ProcessDescription&) noexcept override {}
  void on_stream(const tracing::StreamDescription&) noexcept override {}
  void on_block(const tracing::ClosedBlock&) noexcept override {}
  void drain(std::chrono::steady_clock::time_point) noexcept override {}
};

Task<> wait_once(std::coroutine_handle<>* waiting) {
  struct Pause {
    std::coroutine_handle<>* waiting;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) noexcept { *waiting = coroutine; }
    void await_resume() const noexcept {}
  };
  MM_CO_SPAN("waits", {"of", "coroutine"});
  co_await Pause{waiting};
}

void record_some_of_all() {
  MM_SPAN("thread span");
  AsyncSpan parent(MM_SITE("parent"));
  const ContextScope inside(parent.context());
  AsyncSpan child(MM_SITE("child"), std::string_view("named"));
  std::coroutine_handle<> waiting;
  Task<> task = wait_once(&waiting);
  task.start();
  waiting.resume();
  // Sets of each size.
  const std::string value(300, 'v');
  const std::string long_value(1500, 'v');
  parent.add_properties({{"user", "ann"}, {"tenant", "7"}});
  MM_LOG_INFO_WITH(PropertySet({{"some", value}}), "as it is");
  MM_METRIC("bytes", "1", 1, PropertySet({{"more", long_value}}));
  MM_LOG_INFO("as it is");
  MM_LOG_WARN("{} of {}", 1, 2);
  MM_METRIC("count", "1", 3);
  MM_METRIC("ratio", "1", 0.5);
  child.fail("for a reason");
}

/// Without the zeros behind it.
ByteView trimmed(ByteView bytes) {
  while (!bytes.empty() && bytes.back() == std::byte{0}) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

Bytes input_of(const fs::path& crash_file) {
  std::ifstream file(crash_file, std::ios::binary);
  constexpr std::size_t kPart = 64 * 1024;  // Far more than is written to in any region.
  const auto read = [&file](std::uint64_t offset, std::size_t bytes) {
    Bytes part(bytes);
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(bytes));
    if (!file) throw std::runtime_error("the crash file is short");
    return part;
  };
  Bytes header = read(0, sizeof(crash::Header));
  std::uint64_t base = 0;
  std::uint64_t slots_offset = 0;
  std::uint64_t facts_offset = 0;
  std::uint64_t chunks_offset = 0;
  const auto get = [&header](std::size_t offset, std::uint64_t& number) {
    std::memcpy(&number, header.data() + offset, sizeof number);
  };
  get(offsetof(crash::Header, base), base);
  get(offsetof(crash::Header, slots_offset), slots_offset);
  get(offsetof(crash::Header, facts_offset), facts_offset);
  get(offsetof(crash::Header, chunks_offset), chunks_offset);
  const Bytes slots = read(slots_offset, kPart);
  const Bytes facts = read(facts_offset, kPart);
  std::array<Bytes, tracing::PropertyTable::kSizes.size()> sets;
  CrashInput input{trimmed(header), trimmed(slots), trimmed(facts), {}, {}};
  for (std::size_t size = 0; size < sets.size(); ++size) {
    std::uint64_t sets_offset = 0;
    get(offsetof(crash::Header, sets) + size * sizeof(crash::RegionPlace), sets_offset);
    sets[size] = read(sets_offset, kPart);
    input.sets[size] = trimmed(sets[size]);
  }
  constexpr std::size_t kChunks = 256;  // More than a few events take, wherever they begin.
  constexpr std::size_t kMostUsed = 8;
  std::vector<Bytes> chunks;
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < kChunks; ++i) {
    Bytes chunk = read(chunks_offset + i * tracing::Chunk::kBytes, tracing::Chunk::kBytes);
    const bool used = trimmed(chunk).size() > tracing::Chunk::kHeaderBytes;
    if (chunks.empty()) first = i;
    if (used || (!chunks.empty() && chunks.size() < kMostUsed)) chunks.push_back(std::move(chunk));
  }
  if (chunks.empty()) throw std::runtime_error("the crash file has no records");
  while (trimmed(chunks.back()).empty()) chunks.pop_back();
  for (const Bytes& chunk : chunks) input.chunks.push_back(trimmed(chunk));
  // Chunks keep their addresses, the first of them being the first now.
  base += chunks_offset + first * tracing::Chunk::kBytes - CrashInput::kChunksOffset;
  std::memcpy(header.data() + offsetof(crash::Header, base), &base, sizeof base);
  return join(input);
}

}  // namespace

Bytes make_crash_seed() {
  std::string folder = fs::temp_directory_path() / "micromegas-seed-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for a crash file");
  set_suspensions("1");
  tracing::RecorderOptions options;
  options.crash_folder = folder;
  options.flush_period = std::chrono::hours(1);
  Bytes seed;
  {
    tracing::Recorder recorder(options, std::make_unique<Nowhere>());
    std::thread other(record_some_of_all);
    other.join();
    record_some_of_all();
    for (const auto& process : fs::directory_iterator(folder)) {
      seed = input_of(process.path() / tracing::CrashFile::kName);
    }
  }
  fs::remove_all(folder);
  return seed;
}

}  // namespace micromegas::fuzz
