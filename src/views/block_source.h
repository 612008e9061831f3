#pragma once

#include <memory>
#include <unordered_map>

#include "base/byte_view.h"
#include "lake/lake.h"
#include "transit/block_reader.h"
#include "transit/stream_plan.h"
#include "views/tick_converter.h"

namespace micromegas::views {

/// One block on its way to rows: what `View::append_rows` reads.
///
/// Nothing is fetched before `open` is called, so a view that can tell from the row alone that a
/// block is of no interest costs nothing.
class BlockSource {
 public:
  BlockSource(const lake::BlockRow& block, const TickConverter& ticks)
      : block_(block), ticks_(ticks) {}
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;
  virtual ~BlockSource() = default;

  const lake::BlockRow& block() const noexcept { return block_; }

  /// Turns the ticks of its events into time.
  const TickConverter& ticks() const noexcept { return ticks_; }

  /// Fetches the payload, decompresses it and reads the dependencies; the reader then stands before
  /// the first event. Throws `BlockFault` or `transit::DecodeError` (both kMalformed), or
  /// kUnavailable.
  virtual transit::BlockReader& open() = 0;

  /// How the events of the block's stream are read. REQUIRES: open() was called.
  virtual const transit::StreamPlan& stream_plan() const = 0;

 private:
  const lake::BlockRow& block_;
  const TickConverter& ticks_;
};

/// Makes the sources of consecutive blocks of a lake. Its buffers and the plans of its streams
/// serve all of them, so one source is used at a time, by one thread.
class LakeBlocks {
 public:
  using Streams = std::unordered_map<StreamId, std::shared_ptr<const lake::StreamRow>>;

  /// `streams` holds those of all blocks to come and outlives this object.
  LakeBlocks(lake::BlobStore& blobs, const Streams& streams);
  ~LakeBlocks();

  /// Valid until the next call. `block` and `ticks` outlive it.
  BlockSource& source(const lake::BlockRow& block, const TickConverter& ticks);

 private:
  class Source;
  struct Buffers;

  std::unique_ptr<Buffers> buffers_;
  std::unique_ptr<Source> source_;
};

}  // namespace micromegas::views
