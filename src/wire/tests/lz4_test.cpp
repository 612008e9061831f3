#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <lz4frame.h>

#include "wire/lz4_error.h"
#include "wire/lz4_frame.h"

namespace micromegas::wire {
namespace {

/// Bytes that compress about fourfold, like a block.
Bytes sample(std::size_t size) {
  std::mt19937 random(17);
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = i % 8 < 6 ? static_cast<std::byte>(i % 8) : static_cast<std::byte>(random());
  }
  return bytes;
}

Bytes decompressed(ByteView frame, std::size_t max_size = kMaxDecompressed) {
  Bytes out;
  decompress_frame(frame, out, max_size);
  return out;
}

/// "fault at offset", or "sound".
std::string outcome(ByteView frame, std::size_t max_size = kMaxDecompressed) {
  try {
    decompressed(frame, max_size);
    return "sound";
  } catch (const Lz4Error& error) {
    CHECK(error.kind() == ErrorKind::kMalformed);
    CHECK(std::string{error.what()}.starts_with("LZ4 frame: "));
    return std::string{to_string(error.fault())} + " at " + std::to_string(error.offset());
  }
}

TEST_CASE("contents of any size come back, at any level", "[lz4]") {
  for (const std::size_t size : {0U, 1U, 100U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
    const Bytes content = sample(size);
    for (const int level : {-5, kFastLz4, 3, kOriginalLz4, 12}) {
      INFO(size << " bytes at level " << level);
      CHECK(decompressed(compress_frame(content, level)) == content);
    }
  }
}

TEST_CASE("an empty content is the original's frame of fifteen bytes", "[lz4]") {
  const Bytes frame = compress_frame({}, kFastLz4);
  REQUIRE(frame.size() == 15);
  CHECK(as_text(frame).substr(0, 7) == "\x04\x22\x4d\x18\x54\x40\xae");
}

TEST_CASE("higher levels are smaller", "[lz4]") {
  const Bytes content = sample(300'000);
  CHECK(compress_frame(content, kOriginalLz4).size() <= compress_frame(content, kFastLz4).size());
  CHECK(compress_frame(content, kFastLz4).size() < compress_frame(content, -50).size());
}

TEST_CASE("frames of any options are read", "[lz4]") {
  const Bytes content = sample(700'000);
  for (const LZ4F_blockSizeID_t block_size :
       {LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB}) {
    for (const LZ4F_blockMode_t mode : {LZ4F_blockLinked, LZ4F_blockIndependent}) {
      for (const unsigned flags : {0U, 1U, 2U, 4U, 7U}) {
        LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
        preferences.frameInfo.blockSizeID = block_size;
        preferences.frameInfo.blockMode = mode;
        if ((flags & 1) != 0) {
          preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
        }
        if ((flags & 2) != 0) preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
        if ((flags & 4) != 0) preferences.frameInfo.contentSize = content.size();
        Bytes frame(LZ4F_compressFrameBound(content.size(), &preferences));
        frame.resize(LZ4F_compressFrame(frame.data(), frame.size(), content.data(), content.size(),
                                        &preferences));
        CHECK(decompressed(frame) == content);
        CHECK(decompressed(frame, content.size()) == content);
        CHECK(outcome(frame, content.size() - 1).starts_with("too large at "));
      }
    }
  }
}

TEST_CASE("a frame of many small blocks is read, and asks for no more than it holds", "[lz4]") {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;
  preferences.autoFlush = 1;
  LZ4F_cctx* context = nullptr;
  REQUIRE(LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)) == 0);
  const Bytes content = sample(10'000);
  Bytes frame(1'000'000);
  std::size_t used = LZ4F_compressBegin(context, frame.data(), frame.size(), &preferences);
  for (std::size_t at = 0; at < content.size(); at += 10) {
    used += LZ4F_compressUpdate(context, frame.data() + used, frame.size() - used,
                                content.data() + at, 10, nullptr);
  }
  used += LZ4F_compressEnd(context, frame.data() + used, frame.size() - used, nullptr);
  LZ4F_freeCompressionContext(context);
  frame.resize(used);
  Bytes out;
  decompress_frame(frame, out);
  CHECK(out == content);
  CHECK(out.capacity() < 10'000'000);  // a thousand blocks of at most 4 MiB each
}

TEST_CASE("what follows the first frame is ignored", "[lz4]") {
  const Bytes content = sample(5000);
  Bytes frame = compress_frame(content, kFastLz4);
  const Bytes second = compress_frame(sample(100), kFastLz4);
  frame.insert(frame.end(), second.begin(), second.end());
  CHECK(decompressed(frame) == content);
}

TEST_CASE("what is no sound frame is named, with the place", "[lz4]") {
  const Bytes frame = compress_frame(sample(200'000), kFastLz4);  // four blocks
  REQUIRE(outcome(frame) == "sound");
  CHECK(outcome({}) == "no bytes at 0");
  CHECK(outcome(sample(100)) == "bad magic at 0");
  for (std::size_t size = 1; size < frame.size(); size += size < 40 ? 1 : 997) {
    INFO(size);
    CHECK(outcome(ByteView(frame).first(size)).starts_with("truncated at "));
  }
  const auto changed = [&](std::size_t at) {
    Bytes copy = frame;
    copy[at] ^= std::byte{1};
    return outcome(copy);
  };
  CHECK(changed(0) == "bad magic at 0");
  CHECK(changed(6) == "bad header at 0");       // its checksum
  CHECK(changed(100) == "corrupt block at 7");  // the first block
  CHECK(changed(frame.size() - 1).starts_with("wrong content at "));
  // A skippable frame is none of ours.
  Bytes skippable = frame;
  skippable[0] = std::byte{0x50};
  skippable[1] = std::byte{0x2a};
  CHECK(outcome(skippable) == "bad magic at 0");
}

TEST_CASE("a bomb goes off within its bounds", "[lz4][hostile]") {
  const Bytes frame = compress_frame(Bytes(64U << 20), kOriginalLz4);
  CHECK(frame.size() < 400'000);
  Bytes out;
  CHECK_THROWS_WITH(decompress_frame(frame, out, 1U << 20),
                    Catch::Contains("too large at byte") && Catch::Contains("1048576 bytes"));
  CHECK(out.capacity() <= 1U << 20);
  CHECK(decompressed(frame).size() == 64U << 20);
}

TEST_CASE("the buffer's memory is used again", "[lz4]") {
  const Bytes content = sample(100'000);
  const Bytes frame = compress_frame(content, kFastLz4);
  Bytes out;
  decompress_frame(frame, out);
  const std::byte* before = out.data();
  decompress_frame(compress_frame(sample(10), kFastLz4), out);
  CHECK(out.size() == 10);
  decompress_frame(frame, out);
  CHECK(out == content);
  CHECK(out.data() == before);
}

}  // namespace
}  // namespace micromegas::wire
