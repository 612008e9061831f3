#include "targets.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "transit/block_reader.h"
#include "transit/decode_error.h"
#include "transit/utf8.h"
#include "transit_input.h"
#include "wire/lz4_error.h"
#include "wire/lz4_frame.h"
#include "wire/messages.h"

namespace micromegas::fuzz {
namespace {

/// What was read is written and read again: the same bytes must come of it.
template <class Encode, class Decode>
void require_round_trip(ByteView body, Encode encode, Decode decode) {
  const Bytes written = encode(decode(body));
  require(encode(decode(written)) == written, "what is written is read back the same");
}

/// Looks at every value of an object, through references too, as long as `left` lasts: objects that
/// refer to one another may show more values than a block has bytes.
class Visitor {
 public:
  void visit(const transit::Value& value, int depth = 0) {
    if (left_ == 0 || depth > 64) return;
    --left_;
    if (const auto text = value.text()) {
      require(transit::is_valid_utf8(*text), "a text is UTF-8");
      left_ -= std::min(left_, text->size());
    } else if (const auto bytes = value.bytes()) {
      for (const std::byte byte : *bytes) sum_ += static_cast<unsigned>(byte);
    } else if (const auto object = value.object()) {
      for (const transit::Member& member : object->members()) {
        require(object->find(member.name) != nullptr, "a member is found by its name");
        visit(object->value(member), depth + 1);
      }
    } else if (const auto set = value.property_set()) {
      for (std::uint32_t i = 0; i < set->nb_properties() && left_ > 0; ++i, --left_) {
        const auto [name, text] = set->property(i);
        require(transit::is_valid_utf8(name) && transit::is_valid_utf8(text), "a text is UTF-8");
      }
    } else {
      sum_ += value.u32().value_or(0) + value.u64().value_or(0);
      require(value.u32() || value.u64() || value.f64(), "a value is of some kind");
    }
  }

 private:
  std::size_t left_ = 100'000;
  std::uint64_t sum_ = 0;
};

void read_block(const transit::StreamPlan& plan, transit::BlockReader& reader,
                const TransitInput& input) {
  Visitor visitor;
  try {
    reader.open(plan, input.dependencies, input.objects);
    for (std::uint32_t i = 0; i < reader.nb_dependencies(); ++i) {
      visitor.visit(transit::Value(reader.dependency(i)));
    }
    while (reader.next()) {
      visitor.visit(reader.value());
      visitor.visit(transit::Value(reader.event()));
    }
    require(reader.nb_visited() <= input.objects.size(), "an event takes a byte at least");
  } catch (const transit::DecodeError& error) {
    const ByteView buffer =
        error.buffer() == transit::BlockBuffer::kObjects ? input.objects : input.dependencies;
    require(error.offset() < buffer.size(), "a fault lies within its buffer");
  }
}

}  // namespace

void require(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

void run_lz4_frame(ByteView input) {
  constexpr std::size_t kMaxSize = std::size_t{1} << 20;
  try {
    Bytes content;
    wire::decompress_frame(input, content, kMaxSize);
    require(content.size() <= kMaxSize, "the limit holds");
    Bytes again;
    wire::decompress_frame(wire::compress_frame(content, wire::kFastLz4), again);
    require(again == content, "what is compressed is decompressed the same");
  } catch (const wire::Lz4Error& error) {
    require(error.offset() <= input.size(), "a fault lies within the frame");
  }
}

void run_cbor_body(ByteView input) {
  if (input.empty()) return;
  const ByteView body = input.subspan(1);
  try {
    switch (static_cast<unsigned>(input[0]) % 5) {
      case 0:
        return require_round_trip(body, wire::encode_process, wire::decode_process);
      case 1:
        return require_round_trip(body, wire::encode_stream, wire::decode_stream);
      case 2:
        return require_round_trip(body, wire::encode_block, wire::decode_block);
      case 3:
        return require_round_trip(body, wire::encode_payload, wire::decode_payload);
      default:
        return require_round_trip(body, wire::encode_type_table, wire::decode_type_table);
    }
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::kMalformed, "bad bytes are called malformed");
  }
}

void run_transit_block(ByteView input) {
  const TransitInput pieces = split(input);
  try {
    const transit::StreamPlan plan(wire::decode_type_table(pieces.dependency_types),
                                   wire::decode_type_table(pieces.event_types));
    transit::BlockReader reader;
    read_block(plan, reader, pieces);
    read_block(plan, reader, pieces);  // A reader that has been used reads the same.
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::kMalformed, "bad bytes are called malformed");
  }
}

}  // namespace micromegas::fuzz
