#include <algorithm>
#include <cstdint>
#include <string>

#include <lz4frame.h>

#include "wire/lz4_error.h"
#include "wire/lz4_frame.h"

namespace micromegas::wire {
namespace {

constexpr std::uint32_t kMagic = 0x184d2204;
constexpr std::uint32_t kStoredFlag = 0x8000'0000;
constexpr std::size_t kChecksumSize = 4;

/// No LZ4 block grows more than this when decompressed.
constexpr std::uint64_t kMaxExpansion = 255;

std::uint32_t load_u32(ByteView bytes, std::size_t at) noexcept {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

std::size_t max_block_size(const LZ4F_frameInfo_t& info) noexcept {
  switch (info.blockSizeID) {
    case LZ4F_max256KB:
      return std::size_t{256} << 10;
    case LZ4F_max1MB:
      return std::size_t{1} << 20;
    case LZ4F_max4MB:
      return std::size_t{4} << 20;
    default:
      return std::size_t{64} << 10;
  }
}

/// The blocks of a frame, known from the sizes in front of them, without looking inside.
class BlockWalk {
 public:
  BlockWalk(ByteView frame, std::size_t header_size, const LZ4F_frameInfo_t& info)
      : frame_(frame), info_(info), at_(header_size) {}

  std::size_t at() const noexcept { return at_; }
  std::size_t end() const noexcept { return end_; }
  /// What the block can decompress to, at most.
  std::uint64_t bound() const noexcept { return bound_; }

  /// Goes to the next block, or to the end mark: then false.
  bool next() {
    at_ = end_ == 0 ? at_ : end_;
    if (frame_.size() - at_ < 4) throw Lz4Error(Lz4Fault::kTruncated, at_);
    const std::uint32_t word = load_u32(frame_, at_);
    if (word == 0) {
      end_ = at_ + 4 + (info_.contentChecksumFlag != 0 ? kChecksumSize : 0);
      if (end_ > frame_.size()) throw Lz4Error(Lz4Fault::kTruncated, at_);
      return false;
    }
    const std::uint32_t size = word & ~kStoredFlag;
    const std::size_t checksum = info_.blockChecksumFlag != 0 ? kChecksumSize : 0;
    if (frame_.size() - at_ - 4 < size + checksum) throw Lz4Error(Lz4Fault::kTruncated, at_);
    end_ = at_ + 4 + size + checksum;
    bound_ = (word & kStoredFlag) != 0
                 ? size
                 : std::min<std::uint64_t>(size * kMaxExpansion, max_block_size(info_));
    return true;
  }

 private:
  ByteView frame_;
  const LZ4F_frameInfo_t& info_;
  std::size_t at_;
  std::size_t end_ = 0;
  std::uint64_t bound_ = 0;
};

/// Makes a decompression context once and keeps it for the life of a thread.
class Decompressor {
 public:
  Decompressor() {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) != 0) {
      throw Error(ErrorKind::kResourceExhausted, "no memory for an LZ4 context");
    }
  }
  ~Decompressor() { LZ4F_freeDecompressionContext(context_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  void decompress(ByteView frame, Bytes& out, std::size_t max_size) {
    LZ4F_resetDecompressionContext(context_);
    LZ4F_frameInfo_t info;
    const std::size_t header_size = read_header(frame, info);

    std::uint64_t bound = 0;
    BlockWalk sizes(frame, header_size, info);
    while (sizes.next()) bound += sizes.bound();
    out.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bound, max_size)));

    // All of the content lies in `out`, in one piece, so that blocks are decompressed in place.
    LZ4F_decompressOptions_t options{};
    options.stableDst = 1;
    std::size_t used = 0;
    BlockWalk blocks(frame, header_size, info);
    bool more = true;
    while (more) {
      more = blocks.next();
      std::size_t at = blocks.at();
      while (at < blocks.end()) {
        std::size_t written = out.size() - used;
        std::size_t read = blocks.end() - at;
        const std::size_t result = LZ4F_decompress(context_, out.data() + used, &written,
                                                   frame.data() + at, &read, &options);
        if (LZ4F_isError(result) != 0) {
          throw Lz4Error(more ? Lz4Fault::kCorrupt : Lz4Fault::kBadContent, blocks.at(),
                         LZ4F_getErrorName(result));
        }
        used += written;
        at += read;
        if (written == 0 && read == 0) {
          throw Lz4Error(Lz4Fault::kTooLarge, blocks.at(),
                         "more than " + std::to_string(max_size) + " bytes");
        }
      }
    }
    out.resize(used);
  }

 private:
  std::size_t read_header(ByteView frame, LZ4F_frameInfo_t& info) {
    if (frame.empty()) throw Lz4Error(Lz4Fault::kEmpty, 0);
    if (frame.size() < 4) throw Lz4Error(Lz4Fault::kTruncated, 0);
    if (load_u32(frame, 0) != kMagic) throw Lz4Error(Lz4Fault::kBadMagic, 0);
    const std::size_t size = LZ4F_headerSize(frame.data(), frame.size());
    if (LZ4F_isError(size) != 0 || size > frame.size()) throw Lz4Error(Lz4Fault::kTruncated, 0);
    std::size_t read = frame.size();
    const std::size_t result = LZ4F_getFrameInfo(context_, &info, frame.data(), &read);
    if (LZ4F_isError(result) != 0) {
      throw Lz4Error(Lz4Fault::kBadHeader, 0, LZ4F_getErrorName(result));
    }
    return read;
  }

  LZ4F_dctx* context_ = nullptr;
};

}  // namespace

std::string_view to_string(Lz4Fault fault) noexcept {
  switch (fault) {
    case Lz4Fault::kEmpty:
      return "no bytes";
    case Lz4Fault::kBadMagic:
      return "bad magic";
    case Lz4Fault::kBadHeader:
      return "bad header";
    case Lz4Fault::kTruncated:
      return "truncated";
    case Lz4Fault::kCorrupt:
      return "corrupt block";
    case Lz4Fault::kBadContent:
      return "wrong content";
    case Lz4Fault::kTooLarge:
      return "too large";
  }
  return "unknown fault";
}

Lz4Error::Lz4Error(Lz4Fault fault, std::size_t offset, std::string_view detail)
    : Error(ErrorKind::kMalformed, "LZ4 frame: " + std::string{to_string(fault)} + " at byte " +
                                       std::to_string(offset) +
                                       (detail.empty() ? "" : " (" + std::string{detail} + ")")),
      fault_(fault),
      offset_(offset) {}

void decompress_frame(ByteView frame, Bytes& out, std::size_t max_size) {
  thread_local Decompressor decompressor;
  decompressor.decompress(frame, out, max_size);
}

}  // namespace micromegas::wire
