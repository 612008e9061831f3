#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "recovery/crash_reader.h"
#include "replayed_blocks.h"
#include "tracing/crash_file.h"
#include "victim.h"

namespace micromegas::recovery {
namespace {

namespace crash = tracing::crash;

/// The parts of a crash file that are written to, and its length. Most of it is a hole.
class SparseCopy {
 public:
  explicit SparseCopy(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    crash::Header header;
    REQUIRE(::pread(file, static_cast<void*>(&header), sizeof header, 0) == sizeof header);
    bytes_ = header.chunks_offset + header.chunks_bytes;
    sets_offset_ = header.sets[0].offset;
    constexpr std::uint64_t kMost = std::uint64_t{256} << 10;
    for (const std::uint64_t offset :
         {std::uint64_t{0}, header.slots_offset, header.facts_offset, header.sets[0].offset,
          header.sets[1].offset, header.sets[2].offset, header.chunks_offset}) {
      Part part{offset, Bytes(offset == 0 ? std::uint64_t{crash::kHeaderBytes} : kMost)};
      REQUIRE(::pread(file, part.bytes.data(), part.bytes.size(), static_cast<off_t>(offset)) > 0);
      parts_.push_back(std::move(part));
    }
    ::close(file);
  }

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t sets_offset() const { return sets_offset_; }

  /// Flips bits, most of them where something is.
  template <class Random>
  void damage(Random& random, int bits) {
    for (int i = 0; i < bits; ++i) {
      Bytes& bytes = parts_[random() % parts_.size()].bytes;
      std::size_t at = random() % bytes.size();
      for (int tries = 0; tries < 64 && bytes[at] == std::byte{0}; ++tries) {
        at = random() % std::min<std::size_t>(bytes.size(), 8192);
      }
      bytes[at] ^= std::byte(1u << (random() % 8));
    }
  }

  /// Flips a bit.
  void damage(std::uint64_t offset, unsigned bit) {
    for (Part& part : parts_) {
      if (offset < part.offset || offset - part.offset >= part.bytes.size()) continue;
      part.bytes[offset - part.offset] ^= std::byte(1u << bit);
    }
  }

  /// A file with these parts, cut to `length`.
  int make_file(const std::string& path, std::uint64_t length) const {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    for (const Part& part : parts_) {
      REQUIRE(::pwrite(file, part.bytes.data(), part.bytes.size(),
                       static_cast<off_t>(part.offset)) > 0);
    }
    REQUIRE(::ftruncate(file, static_cast<off_t>(length)) == 0);
    return file;
  }

 private:
  struct Part {
    std::uint64_t offset;
    Bytes bytes;
  };
  std::uint64_t bytes_ = 0;
  std::uint64_t sets_offset_ = 0;
  std::vector<Part> parts_;
};

/// What is read is read to its end; what is not says why.
void read_bravely(int file) {
  CrashReader reader(file);
  const auto process = reader.read();
  if (process) {
    ReplayedBlocks blocks;
    replay(*process, blocks, blocks);
    CHECK(!blocks.blocks().empty());
  } else {
    CHECK(!reader.problem().empty());
  }
  ::close(file);
}

/// All sets of properties that the events of a file bear.
std::set<std::string> properties_in(int file) {
  CrashReader reader(file);
  const auto process = reader.read();
  REQUIRE(process);
  ReplayedBlocks blocks;
  replay(*process, blocks, blocks);
  ::close(file);
  std::set<std::string> all;
  for (const auto& block : blocks.blocks()) {
    for (const auto& event : block.events) all.insert(event.properties);
  }
  return all;
}

std::string problem_with(int file) {
  CrashReader reader(file);
  CHECK(!reader.read());
  ::close(file);
  return reader.problem();
}

TEST_CASE("a damaged crash file harms nobody", "[recovery]") {
  Victim victim("kill", "hold");
  victim.wait_until_busy();
  victim.kill();
  victim.wait_for_death();
  const SparseCopy whole(victim.process_folder() + "/memory");
  const std::string path = victim.crash_folder() + "/damaged";
  std::minstd_rand random(3);

  SECTION("cut off anywhere") {
    for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{5000},
                                       whole.bytes() / 2, whole.bytes() - 1}) {
      CHECK(!problem_with(whole.make_file(path, length)).empty());
    }
  }
  SECTION("bits flipped anywhere") {
    for (int i = 0; i < 300; ++i) {
      SparseCopy damaged = whole;
      damaged.damage(random, 1 + i % 20);
      read_bravely(damaged.make_file(path, whole.bytes()));
    }
  }
  SECTION("a bit flipped in a set of properties") {
    std::set<std::string> known = properties_in(whole.make_file(path, whole.bytes()));
    REQUIRE(known.size() > VictimReport::kThreads);
    // What is left where the set is gone; of a log or metric its own.
    known.insert({"", "step=log", "step=metric"});
    constexpr std::uint64_t kBytes = 80;  // More than a set of the victim's has.
    for (std::uint64_t byte = 0; byte < kBytes; ++byte) {
      SparseCopy damaged = whole;
      damaged.damage(whole.sets_offset() + byte, random() % 8);
      const auto found = properties_in(damaged.make_file(path, whole.bytes()));
      CHECK(std::includes(known.begin(), known.end(), found.begin(), found.end()));
    }
  }
  SECTION("of another version, which is told apart") {
    for (const std::uint32_t format : {crash::kVersion + 1, crash::kVersion - 1}) {
      const int file = whole.make_file(path, whole.bytes());
      REQUIRE(::pwrite(file, &format, sizeof format, offsetof(crash::Header, version)) ==
              sizeof format);
      CrashReader reader(file);
      CHECK(!reader.read());
      ::close(file);
      CHECK(reader.format() == format);
      CHECK(reader.problem() ==
            "has format " + std::to_string(format) + ", this program reads " +
                std::to_string(crash::kVersion) +
                ": recover it with the micromegas of the program's own version");
    }
  }
  SECTION("something else altogether") {
    CHECK(problem_with(::open("/dev/null", O_RDONLY | O_CLOEXEC)) == "is not a file");
    const int text = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(::ftruncate(text, 1 << 20) == 0);
    CHECK(problem_with(text) == "is not a crash file");
  }
}

}  // namespace
}  // namespace micromegas::recovery
