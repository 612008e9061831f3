#include "lake/folder_blob_store.h"

#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "base/error.h"
#include "lake/pack_format.h"
#include "lake/tests/blob_store_suite.h"
#include "lake/tests/temporary_folder.h"

namespace micromegas::lake {
namespace {

BlobWrite some_blob(std::string_view content) {
  return {ProcessId::random(), StreamId::random(), BlockId::random(), as_bytes(content)};
}

std::vector<std::filesystem::path> packs_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> packs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) packs.push_back(entry.path());
  }
  return packs;
}

std::string read_text(const BlobStore& store, const BlobLocation& location) {
  return std::string(as_text(store.read(location)));
}

std::string reason_of_failure(const BlobStore& store, const BlobLocation& location,
                              ErrorKind kind = ErrorKind::kMalformed) {
  try {
    store.read(location);
  } catch (const Error& e) {
    CHECK(e.kind() == kind);
    return e.what();
  }
  return "";
}

void overwrite(const std::filesystem::path& file, std::uint64_t at, std::string_view bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(at));
  stream << bytes;
}

/// Files of this process may not grow beyond a size, as if the disk were full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &previous_);
    rlimit limit = previous_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, previous_handler_);
  }

 private:
  rlimit previous_{};
  void (*previous_handler_)(int);
};

}  // namespace

TEST_CASE("a folder keeps every promise of a blob store", "[lake][blobs]") {
  const TemporaryFolder folder;
  check_blob_store([&] { return std::make_unique<FolderBlobStore>(folder.path()); });
}

TEST_CASE("blobs of one store share a pack until it is full", "[lake][blobs]") {
  const TemporaryFolder folder;
  FolderBlobStore store(folder.path(), 1'000);
  store.write({some_blob("a"), some_blob("b")});
  store.write({some_blob("c")});
  CHECK(packs_in(folder.path()).size() == 1);
  store.write({some_blob(std::string(1'000, 'x'))});
  CHECK(packs_in(folder.path()).size() == 1);
  store.write({some_blob("d")});
  CHECK(packs_in(folder.path()).size() == 2);
}

TEST_CASE("opening a store touches nothing", "[lake][blobs]") {
  const TemporaryFolder folder;
  {
    FolderBlobStore store(folder.path());
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a pack that was changed is found out", "[lake][blobs]") {
  const TemporaryFolder folder;
  FolderBlobStore store(folder.path());
  const auto locations = store.write({some_blob("first"), some_blob("other")});
  const auto pack = packs_in(folder.path()).at(0);
  const auto place = PackLocation::parse(locations[1].text);
  REQUIRE(place);

  SECTION("in its content") {
    overwrite(pack, place->offset + PackEntry::kHeaderSize, "O");
    CHECK_THAT(reason_of_failure(store, locations[1]), Catch::Contains("checksum does not fit"));
  }
  SECTION("in its ids") {
    overwrite(pack, place->offset + 20, "??");
    CHECK_THAT(reason_of_failure(store, locations[1]), Catch::Contains("checksum does not fit"));
  }
  SECTION("in its magic") {
    overwrite(pack, place->offset, "X");
    CHECK_THAT(reason_of_failure(store, locations[1]), Catch::Contains("none here"));
  }
  SECTION("in its version") {
    overwrite(pack, place->offset + 4, "\x09");
    CHECK_THAT(reason_of_failure(store, locations[1]), Catch::Contains("version 9"));
  }
  SECTION("in its length") {
    overwrite(pack, place->offset + 8, "\xff");
    CHECK_THAT(reason_of_failure(store, locations[1]), Catch::Contains("cut within its content"));
  }
  SECTION("by a cut anywhere") {
    for (std::uint64_t left = place->offset; left < std::filesystem::file_size(pack); ++left) {
      const TemporaryFolder copy;
      std::filesystem::copy(folder.path(), copy.path(), std::filesystem::copy_options::recursive);
      std::filesystem::resize_file(packs_in(copy.path()).at(0), left);
      CHECK_THAT(
          reason_of_failure(FolderBlobStore(copy.path()), locations[1], ErrorKind::kUnavailable),
          Catch::Contains("the pack ends within or before it"));
      CHECK(read_text(FolderBlobStore(copy.path()), locations[0]) == "first");
    }
  }
  SECTION("by being deleted") {
    std::filesystem::remove(pack);
    CHECK_THAT(reason_of_failure(store, locations[1], ErrorKind::kUnavailable),
               Catch::Contains("the pack is gone"));
    return;
  }
  CHECK(read_text(store, locations[0]) == "first");
}

TEST_CASE("a location finds the very entry that was written, or nothing", "[lake][blobs]") {
  const TemporaryFolder folder;
  FolderBlobStore store(folder.path());
  const auto locations = store.write({some_blob("first"), some_blob("other")});
  auto place = *PackLocation::parse(locations[0].text);
  place.offset = PackLocation::parse(locations[1].text)->offset;
  CHECK_THAT(reason_of_failure(store, {place.to_string()}), Catch::Contains("another entry"));
}

TEST_CASE("a location cannot point out of the folder", "[lake][blobs]") {
  const auto location = PackLocation{"packs/2026-11-22/060221-5f3a9c01.pack", 4096, 12, 0xabcd};
  CHECK(location.to_string() == "packs/2026-11-22/060221-5f3a9c01.pack@4096+12#000000000000abcd");
  const auto read = PackLocation::parse(location.to_string());
  REQUIRE(read);
  CHECK(read->path == location.path);
  CHECK(read->offset == 4096);
  CHECK(read->content_size == 12);
  CHECK(read->checksum == 0xabcd);
  for (const char* text :
       {"packs/../../etc/passwd@0+1#0", "/etc/passwd@0+1#0", "packs/a", "packs/a@", "packs/a@0",
        "packs/a@0+", "packs/a@0+1", "packs/a@0+1#", "packs/a@0+1#0g", "packs/a@-1+1#0"}) {
    INFO(text);
    CHECK_FALSE(PackLocation::parse(text));
  }
}

TEST_CASE("a full disk is unavailable, harms nothing, and passes", "[lake][blobs]") {
  const TemporaryFolder folder;
  FolderBlobStore store(folder.path());
  const auto before = store.write({some_blob("before")})[0];
  {
    const FileSizeLimit limit(2'000);
    for (int i = 0; i < 3; ++i) {
      try {
        store.write({some_blob("fits"), some_blob(std::string(5'000, 'x'))});
        FAIL("wrote more than there is room for");
      } catch (const Error& e) {
        CHECK(e.kind() == ErrorKind::kUnavailable);
        CHECK_THAT(e.what(), Catch::Contains("cannot write packs/"));
      }
    }
    CHECK(read_text(store, before) == "before");
    CHECK(read_text(store, store.write({some_blob("small")})[0]) == "small");
  }
  CHECK(read_text(store, store.write({some_blob(std::string(5'000, 'x'))})[0]) ==
        std::string(5'000, 'x'));
  CHECK(read_text(store, before) == "before");
  for (const auto& pack : packs_in(folder.path())) CHECK(std::filesystem::file_size(pack) > 0);
}

}  // namespace micromegas::lake
