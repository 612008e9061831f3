#include <filesystem>
#include <random>
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
    constexpr std::uint64_t kMost = std::uint64_t{256} << 10;
    for (const std::uint64_t offset :
         {std::uint64_t{0}, header.slots_offset, header.facts_offset, header.chunks_offset}) {
      Part part{offset, Bytes(offset == 0 ? std::uint64_t{crash::kHeaderBytes} : kMost)};
      REQUIRE(::pread(file, part.bytes.data(), part.bytes.size(), static_cast<off_t>(offset)) > 0);
      parts_.push_back(std::move(part));
    }
    ::close(file);
  }

  std::uint64_t bytes() const { return bytes_; }

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
  SECTION("something else altogether") {
    CHECK(problem_with(::open("/dev/null", O_RDONLY | O_CLOEXEC)) == "is not a file");
    const int text = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(::ftruncate(text, 1 << 20) == 0);
    CHECK(problem_with(text) == "is not a crash file");
  }
}

}  // namespace
}  // namespace micromegas::recovery
