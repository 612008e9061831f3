#include "views/block_error.h"

#include <utility>

#include "transit/decode_error.h"

namespace micromegas::views {
namespace {

constexpr std::size_t kMaxReasonBytes = 1000;

/// Reasons quote bytes from outside; what is not printable ASCII is shown as '?', so that no cut
/// and no quotation can leave half a character behind.
std::string fit_for_database(std::string_view reason) {
  std::string text(reason.substr(0, kMaxReasonBytes));
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return text;
}

}  // namespace

lake::BlockError block_error(const lake::BlockRow& block, const Error& error) {
  lake::BlockError row{.process_id = block.info.process_id,
                       .stream_id = block.info.stream_id,
                       .block_id = block.info.block_id,
                       .stage = "rows",
                       .offset = -1,
                       .reason = fit_for_database(error.what())};
  if (const auto* fault = dynamic_cast<const BlockFault*>(&error)) {
    row.stage = fault->stage();
    row.offset = fault->offset();
  } else if (const auto* decode = dynamic_cast<const transit::DecodeError*>(&error)) {
    row.stage = to_string(decode->buffer());
    row.offset = static_cast<std::int64_t>(decode->offset());
  }
  return row;
}

}  // namespace micromegas::views
