// What the reader of bodies takes and what it refuses, beyond the recorded vectors.
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "wire/cbor_reader.h"
#include "wire/cbor_writer.h"
#include "wire/messages.h"

namespace micromegas::wire {
namespace {

/// Bytes written as hexadecimal, with spaces for the eye.
Bytes hex(std::string_view text) {
  Bytes bytes;
  int digits = 0;
  unsigned value = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    value = value << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (++digits % 2 == 0) bytes.push_back(static_cast<std::byte>(value & 0xff));
  }
  return bytes;
}

template <class Read>
std::string error_of(Read&& read) {
  try {
    read();
    return "accepted";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kMalformed);
    return error.what();
  }
}

std::string payload_error(const std::string& body) {
  return error_of([&] { decode_payload(hex(body)); });
}

const std::string kDependencies = "6c646570656e64656e63696573";  // the key
const std::string kObjects = "676f626a65637473";

TEST_CASE("a payload is read in every shape that CBOR allows", "[cbor]") {
  const Bytes one_two = hex("0102");
  const std::string empty = kDependencies + "40";
  const std::vector<std::string> bodies = {
      "a2" + empty + kObjects + "420102",                              // as we write it
      "a2" + kObjects + "420102" + empty,                              // the other order
      "bf" + empty + kObjects + "420102 ff",                           // indefinite map
      "b90002" + kDependencies + "5800" + kObjects + "5900020102",     // longer heads than needed
      "a2" + kDependencies + "5fff" + kObjects + "5f41014102ff",       // strings in chunks
      "a2" + kDependencies + "80" + kObjects + "820102",               // arrays of integers
      "a2" + kDependencies + "9fff" + kObjects + "9f0118 02ff",        // indefinite arrays
      "a2" + empty + kObjects + "420102 ffffffff",                     // bytes after the item
      "c1a2" + kDependencies + "d81840" + kObjects + "420102",         // tags
      "a3 6178 9f01bf6179f6fff93c00ff" + empty + kObjects + "420102",  // an unknown key
      "a3 6178 5f4100ff" + empty + kObjects + "420102",                // and one of chunks
      "a2 7f66646570656e6466656e63696573ff 40" + kObjects + "420102",  // a key in chunks
  };
  for (const std::string& body : bodies) {
    INFO(body);
    const BlockPayload read = decode_payload(hex(body));
    CHECK(read.dependencies.empty());
    CHECK(read.objects == one_two);
  }
}

TEST_CASE("what is wrong with a body is said with the field and the byte", "[cbor]") {
  const std::string begin = "a2" + kDependencies + "40" + kObjects;  // 23 bytes
  CHECK(payload_error("") == "block payload: the bytes end where an item is due at byte 0");
  CHECK(payload_error("80") == "block payload: expected a map at byte 0, found an array");
  CHECK(payload_error("a2") == "block payload: the bytes end where an item is due at byte 1");
  CHECK(payload_error("a101f6") == "block payload: expected text at byte 1, found an integer");
  CHECK(payload_error(begin) ==
        "block payload: objects: the bytes end where an item is due at byte 23");
  CHECK(payload_error(begin + "6161") ==
        "block payload: objects: expected a byte string at byte 23, found text");
  CHECK(payload_error(begin + "f6") ==
        "block payload: objects: expected a byte string at byte 23, found null");
  CHECK(payload_error(begin + "820118ff19 0100").find("accepted") != std::string::npos);
  CHECK(payload_error(begin + "830118ff190100") ==
        "block payload: objects[2]: an integer outside 0..255 at byte 27");
  CHECK(payload_error(begin + "8120") ==
        "block payload: objects[0]: an integer outside 0..255 at byte 24");
  CHECK(payload_error(begin + "81f93c00") ==
        "block payload: objects[0]: expected an integer at byte 24, found a float");
  CHECK(payload_error(begin + "421 2") ==
        "block payload: objects: a length goes beyond the end of the bytes at byte 23");
  CHECK(payload_error("a3" + kObjects + "40" + kDependencies + "40" + kObjects + "40") ==
        "block payload: objects: key given twice at byte 24");
  CHECK(payload_error("a1" + kObjects + "40") ==
        "block payload: dependencies: key missing from the map at byte 0");
  CHECK(payload_error("bf" + kObjects + "40") ==
        "block payload: the bytes end where an item is due at byte 10");
  CHECK(payload_error(begin + "1c") ==
        "block payload: objects: reserved length encoding at byte 23");
  CHECK(payload_error(begin + "1f") ==
        "block payload: objects: indefinite length where there can be none at byte 23");
  CHECK(
      payload_error(begin + "5f 5f4101ff ff") ==
      "block payload: objects: expected a chunk of a byte string at byte 24, found a byte string");
  CHECK(payload_error("a1 62c328 f6") == "block payload: text that is not UTF-8 at byte 1");
}

TEST_CASE("a length is never believed", "[cbor][hostile]") {
  const std::string begin = "a2" + kDependencies + "40" + kObjects;
  for (const char* item : {
           "5bffffffffffffffff",    // a byte string of 2^64 - 1
           "9bffffffffffffffff",    // an array
           "5f5b7fffffffffffffff",  // a chunk
       }) {
    INFO(item);
    CHECK(payload_error(begin + item) != "accepted");
  }
  // As an unknown value, which is skipped.
  for (const char* item : {"5bffffffffffffffff", "9bffffffffffffffff", "bbffffffffffffffff",
                           "bb8000000000000000", "7b7fffffffffffffff"}) {
    INFO(item);
    CHECK(payload_error("a16178" + std::string{item}) != "accepted");
  }
}

TEST_CASE("nesting is bounded", "[cbor][hostile]") {
  const auto nested = [](int depth, const char* open, const char* close) {
    std::string body = "a36178";
    for (int i = 0; i < depth; ++i) body += open;
    body += "00";
    for (int i = 0; i < depth; ++i) body += close;
    return payload_error(body + kDependencies + "40" + kObjects + "40");
  };
  CHECK(nested(128, "81", "") == "accepted");
  CHECK(nested(128, "9f", "ff") == "accepted");
  CHECK(nested(128, "a100", "") == "accepted");
  CHECK(nested(129, "81", "") == "block payload: items nested too deep at byte 131");
  CHECK(nested(100'000, "9f", "ff") == "block payload: items nested too deep at byte 131");
  CHECK(nested(100'000, "c1", "") == "accepted");  // tags do not nest, they are passed over
}

TEST_CASE("integers keep their value over their whole range", "[cbor]") {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{23}, std::int64_t{24}, std::int64_t{255}, std::int64_t{256},
        std::int64_t{65'535}, std::int64_t{65'536}, std::int64_t{0xffff'ffff},
        std::int64_t{0x1'0000'0000}, std::numeric_limits<std::int64_t>::max(), std::int64_t{-1},
        std::int64_t{-24}, std::int64_t{-25}, std::int64_t{-256}, std::int64_t{-257},
        std::numeric_limits<std::int64_t>::min()}) {
    BlockMessage block;
    block.info.begin_ticks = {value};
    block.info.object_offset = value;
    const BlockMessage read = decode_block(encode_block(block));
    CHECK(read.info.begin_ticks.value == value);
    CHECK(read.info.object_offset == value);
  }
  Bytes too_big;
  CborWriter(too_big).unsigned_integer(std::uint64_t{1} << 63);
  CborReader reader(too_big, "number");
  CHECK(error_of([&] { reader.read_integer(0, std::numeric_limits<std::int64_t>::max()); }) ==
        "number: an integer outside 0..9223372036854775807 at byte 0");
}

TEST_CASE("each length of a text takes the shortest head", "[cbor]") {
  for (const std::size_t size : {0U, 23U, 24U, 255U, 256U, 65'535U, 65'536U}) {
    ProcessInfo process;
    process.exe = std::string(size, 'x');
    CHECK(decode_process(encode_process(process)).exe == process.exe);
    Bytes bytes;
    CborWriter(bytes).text(process.exe);
    CHECK(bytes.size() - size == (size < 24 ? 1 : size < 256 ? 2 : size < 65'536 ? 3 : 5));
  }
}

TEST_CASE("a process keeps its time with as few digits as hold it", "[cbor]") {
  const auto written = [](std::int64_t ns) {
    ProcessInfo process;
    process.start_time = {ns};
    const Bytes body = encode_process(process);
    CHECK(decode_process(body).start_time.ns == ns);
    const std::string_view text = as_text(body);
    const std::size_t at = text.find("1970-");
    return std::string{text.substr(at, text.find('Z', at) + 1 - at)};
  };
  CHECK(written(0) == "1970-01-01T00:00:00Z");
  CHECK(written(1'000'000'000) == "1970-01-01T00:00:01Z");
  CHECK(written(20'000'000) == "1970-01-01T00:00:00.020Z");
  CHECK(written(20'000) == "1970-01-01T00:00:00.000020Z");
  CHECK(written(20) == "1970-01-01T00:00:00.000000020Z");
}

TEST_CASE("a property named twice keeps its place and its last value", "[cbor]") {
  ProcessInfo process;
  process.properties = {{"b", "1"}, {"a", "2"}, {"b", "3"}, {"c", "4"}, {"a", "5"}, {"b", "6"}};
  const Properties expected = {{"b", "6"}, {"a", "5"}, {"c", "4"}};
  CHECK(decode_process(encode_process(process)).properties == expected);
}

TEST_CASE("times that are none are refused by name", "[cbor]") {
  ProcessInfo process;
  Bytes body = encode_process(process);
  const std::size_t at = as_text(body).find("1970-01-01");
  body[at + 4] = std::byte{'/'};
  CHECK(error_of([&] { decode_process(body); }) ==
        "insert_process: start_time: text that is not an RFC 3339 time at byte " +
            std::to_string(at - 1));
}

TEST_CASE("faults deep in a type table are named by their path", "[cbor]") {
  const transit::TypeTable types = {{"Event", 8, false, {{"time", "i64", 0, 8, false}}}};
  Bytes body = encode_type_table(types);
  body.back() = std::byte{0x01};  // the type's is_reference
  CHECK(error_of([&] {
          decode_type_table(body);
        }).starts_with("type table: [0].is_reference: expected a boolean at byte "));
  StreamInfo stream;
  stream.objects_metadata = types;
  body = encode_stream(stream);
  const std::size_t offset = as_text(body).find("foffset") + 7;
  body[offset] = std::byte{0x20};  // -1
  CHECK(error_of([&] { decode_stream(body); }) ==
        "insert_stream: objects_metadata[0].members[0].offset: an integer outside 0..4294967295 "
        "at byte " +
            std::to_string(offset));
}

TEST_CASE("a body cut anywhere is refused", "[cbor][hostile]") {
  BlockMessage block;
  block.payload = {hex("010203"), hex("0405")};
  const Bytes body = encode_block(block);
  for (std::size_t size = 0; size < body.size(); ++size) {
    CHECK(error_of([&] { decode_block(ByteView(body).first(size)); }) != "accepted");
  }
}

}  // namespace
TEST_CASE("no message makes more of its bytes than it may", "[cbor]") {
  const auto outcome = [](auto decode, const auto& message, auto encode) -> std::string {
    try {
      decode(encode(message));
      return "sound";
    } catch (const Error& e) {
      return e.what();
    }
  };
  StreamInfo stream;
  const auto of_stream = [&](const StreamInfo& message) {
    return outcome(decode_stream, message, encode_stream);
  };
  for (std::size_t i = 0; i < kMaxProperties; ++i) {
    stream.properties.emplace_back(std::to_string(i), "");
  }
  stream.tags.resize(kMaxTags);
  stream.objects_metadata.resize(kMaxTypes);
  stream.objects_metadata.back().members.resize(kMaxMembers);
  stream.dependencies_metadata.resize(kMaxTypes);
  CHECK(of_stream(stream) == "sound");

  StreamInfo more = stream;
  more.tags.emplace_back();
  CHECK_THAT(of_stream(more), Catch::StartsWith("insert_stream: tags: more than 256 items"));
  more = stream;
  more.objects_metadata.emplace_back();
  CHECK_THAT(of_stream(more),
             Catch::StartsWith("insert_stream: objects_metadata: more than 1024 items"));
  more = stream;
  more.dependencies_metadata[3].members.resize(kMaxMembers + 1);
  CHECK_THAT(of_stream(more), Catch::StartsWith("insert_stream: dependencies_metadata[3].members: "
                                                "more than 1024 items"));
  ProcessInfo process;
  process.properties = stream.properties;
  process.properties.emplace_back("one", "more");
  CHECK_THAT(outcome(decode_process, process, encode_process),
             Catch::StartsWith("insert_process: properties: more than 4096 items"));
}

}  // namespace micromegas::wire
