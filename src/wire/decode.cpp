// The decoding half of messages.h. Throws, hence apart from the encoders.
#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "wire/cbor_reader.h"
#include "wire/messages.h"

namespace micromegas::wire {
namespace {

constexpr std::int64_t kMinI64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMaxI64 = std::numeric_limits<std::int64_t>::max();

/// Reads a map whose `keys` must each be there exactly once, in any order; other keys are skipped.
/// `read_value` is called with the position of the key in `keys`.
template <std::size_t kKeys, class ReadValue>
void read_record(CborReader& cbor, const std::array<std::string_view, kKeys>& keys,
                 ReadValue&& read_value) {
  std::array<bool, kKeys> seen{};
  const std::size_t begin = cbor.offset();
  auto map = cbor.read_map();
  while (cbor.next(map)) {
    const std::size_t key_offset = cbor.offset();
    const std::string_view text = cbor.read_text();
    const auto found = std::find(keys.begin(), keys.end(), text);
    if (found == keys.end()) {
      cbor.skip_item();
      continue;
    }
    const auto key = static_cast<std::size_t>(found - keys.begin());
    const CborReader::Scope scope(cbor, *found);
    if (seen[key]) cbor.fail("key given twice", key_offset);
    seen[key] = true;
    read_value(key);
  }
  for (std::size_t key = 0; key < kKeys; ++key) {
    if (seen[key]) continue;
    const CborReader::Scope scope(cbor, keys[key]);
    cbor.fail("key missing from the map", begin);
  }
}

/// Reads one more of at most `max` items, or fails: what an item becomes in memory is a multiple of
/// its bytes on the wire.
bool next_of(CborReader& cbor, CborReader::Container& container, std::size_t so_far,
             std::size_t max) {
  const std::size_t begin = cbor.offset();
  if (!cbor.next(container)) return false;
  if (so_far == max) cbor.fail("more than " + std::to_string(max) + " items", begin);
  return true;
}

template <class SomeId>
SomeId read_id(CborReader& cbor) {
  const std::size_t begin = cbor.offset();
  const auto id = SomeId::parse(cbor.read_text());
  if (!id) cbor.fail("text that is not a UUID", begin);
  return *id;
}

std::optional<ProcessId> read_parent(CborReader& cbor) {
  if (cbor.take_null()) return std::nullopt;
  const std::size_t begin = cbor.offset();
  const std::string_view text = cbor.read_text();
  if (text.empty()) return std::nullopt;
  const auto id = ProcessId::parse(text);
  if (!id) cbor.fail("text that is not a UUID", begin);
  return *id;
}

Timestamp read_time(CborReader& cbor) {
  const std::size_t begin = cbor.offset();
  const auto time = parse_rfc3339(cbor.read_text());
  if (!time) cbor.fail("text that is not an RFC 3339 time", begin);
  return *time;
}

Ticks read_ticks(CborReader& cbor) { return {cbor.read_integer(kMinI64, kMaxI64)}; }

std::uint32_t read_u32(CborReader& cbor) {
  return static_cast<std::uint32_t>(
      cbor.read_integer(0, std::numeric_limits<std::uint32_t>::max()));
}

/// A name that comes twice keeps its first place and its last value, as in the original's maps.
Properties read_properties(CborReader& cbor) {
  Properties properties;
  auto map = cbor.read_map();
  while (next_of(cbor, map, properties.size(), kMaxProperties)) {
    properties.emplace_back(cbor.read_text(), std::string{});
    properties.back().second = cbor.read_text();
  }
  // Sorted search instead of a scan per name: a hostile body holds as many as it may.
  std::vector<std::size_t> order(properties.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const int names = properties[a].first.compare(properties[b].first);
    return names != 0 ? names < 0 : a < b;
  });
  std::vector<bool> repeats(properties.size());
  for (std::size_t i = 0; i < order.size();) {
    const std::size_t first = order[i];
    for (++i; i < order.size() && properties[order[i]].first == properties[first].first; ++i) {
      properties[first].second = std::move(properties[order[i]].second);
      repeats[order[i]] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (repeats[i]) continue;
    if (kept != i) properties[kept] = std::move(properties[i]);
    ++kept;
  }
  properties.resize(kept);
  return properties;
}

std::vector<std::string> read_tags(CborReader& cbor) {
  std::vector<std::string> tags;
  auto array = cbor.read_array();
  while (next_of(cbor, array, tags.size(), kMaxTags)) {
    const CborReader::Scope scope(cbor, tags.size());
    tags.emplace_back(cbor.read_text());
  }
  return tags;
}

transit::MemberDescription read_member(CborReader& cbor) {
  static constexpr std::array<std::string_view, 5> kKeys = {"name", "type_name", "offset", "size",
                                                            "is_reference"};
  transit::MemberDescription member;
  read_record(cbor, kKeys, [&](std::size_t key) {
    switch (key) {
      case 0:
        member.name = cbor.read_text();
        break;
      case 1:
        member.type_name = cbor.read_text();
        break;
      case 2:
        member.offset = read_u32(cbor);
        break;
      case 3:
        member.size = read_u32(cbor);
        break;
      default:
        member.is_reference = cbor.read_bool();
        break;
    }
  });
  return member;
}

transit::TypeDescription read_type(CborReader& cbor) {
  static constexpr std::array<std::string_view, 4> kKeys = {"name", "size", "members",
                                                            "is_reference"};
  transit::TypeDescription type;
  read_record(cbor, kKeys, [&](std::size_t key) {
    switch (key) {
      case 0:
        type.name = cbor.read_text();
        break;
      case 1:
        type.size = read_u32(cbor);
        break;
      case 2: {
        auto array = cbor.read_array();
        while (next_of(cbor, array, type.members.size(), kMaxMembers)) {
          const CborReader::Scope scope(cbor, type.members.size());
          type.members.push_back(read_member(cbor));
        }
        break;
      }
      default:
        type.is_reference = cbor.read_bool();
        break;
    }
  });
  return type;
}

transit::TypeTable read_type_table(CborReader& cbor) {
  transit::TypeTable types;
  auto array = cbor.read_array();
  while (next_of(cbor, array, types.size(), kMaxTypes)) {
    const CborReader::Scope scope(cbor, types.size());
    types.push_back(read_type(cbor));
  }
  return types;
}

/// A byte string, or (old producers, whose blobs live on) an array of integers 0-255.
Bytes read_payload_field(CborReader& cbor) {
  Bytes bytes;
  if (!cbor.next_is_array()) {
    cbor.read_bytes(bytes);
    return bytes;
  }
  auto array = cbor.read_array();
  while (cbor.next(array)) {
    const CborReader::Scope scope(cbor, bytes.size());
    bytes.push_back(static_cast<std::byte>(cbor.read_integer(0, 255)));
  }
  return bytes;
}

BlockPayload read_payload(CborReader& cbor) {
  static constexpr std::array<std::string_view, 2> kKeys = {"dependencies", "objects"};
  BlockPayload payload;
  read_record(cbor, kKeys, [&](std::size_t key) {
    (key == 0 ? payload.dependencies : payload.objects) = read_payload_field(cbor);
  });
  return payload;
}

}  // namespace

ProcessInfo decode_process(ByteView body) {
  static constexpr std::array<std::string_view, 12> kKeys = {
      "process_id", "exe",         "username",          "realname",
      "computer",   "distro",      "cpu_brand",         "tsc_frequency",
      "start_time", "start_ticks", "parent_process_id", "properties"};
  CborReader cbor(body, "insert_process");
  ProcessInfo process;
  const std::array<std::string*, 7> texts = {
      nullptr,           &process.exe,    &process.username, &process.realname,
      &process.computer, &process.distro, &process.cpu_brand};
  read_record(cbor, kKeys, [&](std::size_t key) {
    switch (key) {
      case 0:
        process.process_id = read_id<ProcessId>(cbor);
        break;
      case 7:
        process.tsc_frequency = cbor.read_integer(kMinI64, kMaxI64);
        break;
      case 8:
        process.start_time = read_time(cbor);
        break;
      case 9:
        process.start_ticks = read_ticks(cbor);
        break;
      case 10:
        process.parent_process_id = read_parent(cbor);
        break;
      case 11:
        process.properties = read_properties(cbor);
        break;
      default:
        *texts[key] = cbor.read_text();
        break;
    }
  });
  return process;
}

StreamInfo decode_stream(ByteView body) {
  static constexpr std::array<std::string_view, 6> kKeys = {
      "process_id", "stream_id", "dependencies_metadata", "objects_metadata", "tags", "properties"};
  CborReader cbor(body, "insert_stream");
  StreamInfo stream;
  read_record(cbor, kKeys, [&](std::size_t key) {
    switch (key) {
      case 0:
        stream.process_id = read_id<ProcessId>(cbor);
        break;
      case 1:
        stream.stream_id = read_id<StreamId>(cbor);
        break;
      case 2:
        stream.dependencies_metadata = read_type_table(cbor);
        break;
      case 3:
        stream.objects_metadata = read_type_table(cbor);
        break;
      case 4:
        stream.tags = read_tags(cbor);
        break;
      default:
        stream.properties = read_properties(cbor);
        break;
    }
  });
  return stream;
}

BlockMessage decode_block(ByteView body) {
  static constexpr std::array<std::string_view, 10> kKeys = {
      "block_id", "stream_id", "process_id", "begin_time",    "begin_ticks",
      "end_time", "end_ticks", "payload",    "object_offset", "nb_objects"};
  CborReader cbor(body, "insert_block");
  BlockMessage block;
  BlockInfo& info = block.info;
  read_record(cbor, kKeys, [&](std::size_t key) {
    switch (key) {
      case 0:
        info.block_id = read_id<BlockId>(cbor);
        break;
      case 1:
        info.stream_id = read_id<StreamId>(cbor);
        break;
      case 2:
        info.process_id = read_id<ProcessId>(cbor);
        break;
      case 3:
        info.begin_time = read_time(cbor);
        break;
      case 4:
        info.begin_ticks = read_ticks(cbor);
        break;
      case 5:
        info.end_time = read_time(cbor);
        break;
      case 6:
        info.end_ticks = read_ticks(cbor);
        break;
      case 7:
        block.payload = read_payload(cbor);
        break;
      case 8:
        info.object_offset = cbor.read_integer(kMinI64, kMaxI64);
        break;
      default:
        info.nb_objects = static_cast<std::int32_t>(cbor.read_integer(
            std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
        break;
    }
  });
  return block;
}

BlockPayload decode_payload(ByteView blob) {
  CborReader cbor(blob, "block payload");
  return read_payload(cbor);
}

transit::TypeTable decode_type_table(ByteView bytes) {
  CborReader cbor(bytes, "type table");
  return read_type_table(cbor);
}

}  // namespace micromegas::wire
