// The compressing half of lz4_frame.h. Built without exceptions: the HTTP sink links it.
#include <cstdint>

#include <lz4frame.h>

#include "wire/lz4_frame.h"

namespace micromegas::wire {
namespace {

/// Makes a compression context once and keeps it, with its tables, for the life of a thread.
class Compressor {
 public:
  Compressor() noexcept {
    if (LZ4F_isError(LZ4F_createCompressionContext(&context_, LZ4F_VERSION)) != 0) {
      context_ = nullptr;
    }
  }
  ~Compressor() { LZ4F_freeCompressionContext(context_); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  Bytes compress(ByteView content, int level) {
    if (context_ == nullptr) return {};
    LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    preferences.frameInfo.blockMode = LZ4F_blockLinked;
    preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    preferences.compressionLevel = level;

    // The content stays where it is until the frame is done, so blocks may refer back into it.
    LZ4F_compressOptions_t options{};
    options.stableSrc = 1;

    Bytes& out = scratch_;
    const std::size_t worst =
        LZ4F_HEADER_SIZE_MAX + LZ4F_compressBound(content.size(), &preferences);
    if (out.size() < worst) out.resize(worst);
    std::size_t used = 0;
    const auto add = [&](std::size_t result) {
      if (LZ4F_isError(result) != 0) return false;
      used += result;
      return true;
    };
    const bool done =
        add(LZ4F_compressBegin(context_, out.data(), out.size(), &preferences)) &&
        add(LZ4F_compressUpdate(context_, out.data() + used, out.size() - used, content.data(),
                                content.size(), &options)) &&
        add(LZ4F_compressEnd(context_, out.data() + used, out.size() - used, &options));
    if (!done) return {};
    return Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(used));
  }

 private:
  LZ4F_cctx* context_ = nullptr;
  Bytes scratch_;  ///< As large as the worst case; what is returned is as large as the frame.
};

}  // namespace

Bytes compress_frame(ByteView content, int level) {
  thread_local Compressor compressor;
  return compressor.compress(content, level);
}

}  // namespace micromegas::wire
