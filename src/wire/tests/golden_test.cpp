// The bytes of the original, and what its own parser makes of them (tests/golden/vectors.json).
#include "golden.h"

#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "transit/decode_error.h"
#include "wire/lz4_error.h"
#include "wire/lz4_frame.h"

namespace micromegas::golden {
namespace {

using transit::BlockReader;
using transit::StreamPlan;

/// As the manifest spells it, but with the times of blocks and processes as numbers, and without
/// what is only there for people.
Json normalized(Json fields) {
  for (const char* time : {"begin_time", "end_time"}) {
    if (!fields.contains(time)) continue;
    fields[std::string{time} + "_unix_ns"] =
        parse_rfc3339(fields[time].get<std::string>()).value().ns;
    fields.erase(time);
  }
  fields.erase("start_time");
  return fields;
}

/// Equal but for the order of keys, which only matters in events.
bool same_fields(const Json& ours, const Json& theirs) {
  return nlohmann::json(ours) == nlohmann::json(normalized(theirs));
}

/// Drops the informative spelling of floating-point numbers.
Json without_approximations(Json json) {
  if (json.is_object()) json.erase("approx");
  for (auto& child : json) {
    if (child.is_structured()) child = without_approximations(child);
  }
  return json;
}

StreamPlan plan_of(const std::string& stream_file) {
  wire::StreamInfo stream = wire::decode_stream(read_file(stream_file));
  return {std::move(stream.dependencies_metadata), std::move(stream.objects_metadata)};
}

/// How far the reading of a block came.
struct Outcome {
  std::string stage = "envelope";
  std::string error;  ///< Empty: it came to the end.
  Json events = Json::array();
  Json dependencies = Json::object();
};

Outcome read_block(const Bytes& body, const StreamPlan& plan) {
  Outcome outcome;
  Bytes dependencies;
  Bytes objects;
  BlockReader reader;
  try {
    const wire::BlockMessage block = wire::decode_block(body);
    outcome.stage = "decompress-dependencies";
    wire::decompress_frame(block.payload.dependencies, dependencies);
    outcome.stage = "decompress-objects";
    wire::decompress_frame(block.payload.objects, objects);
    outcome.stage = "dependencies";
    reader.open(plan, dependencies, objects);
    outcome.stage = "objects";
    while (reader.next()) outcome.events.push_back(to_json(reader.value()));
    outcome.stage = "done";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kMalformed);
    outcome.error = error.what();
  }
  return outcome;
}

TEST_CASE("the original's process is read, and written back byte for byte", "[golden]") {
  for (const Json& entry : manifest()["processes"]) {
    const Bytes body = read_file(entry["file"]);
    const wire::ProcessInfo process = wire::decode_process(body);
    CHECK(same_fields(fields_of(process), entry["fields"]));
    CHECK(wire::encode_process(process) == body);
  }
}

TEST_CASE("the original's streams are read, and written back byte for byte", "[golden]") {
  for (const Json& entry : manifest()["streams"]) {
    INFO(entry["file"]);
    const Bytes body = read_file(entry["file"]);
    const wire::StreamInfo stream = wire::decode_stream(body);
    CHECK(same_fields(fields_of(stream), entry["fields"]));
    const Bytes written = wire::encode_stream(stream);
    CHECK(same_fields(fields_of(wire::decode_stream(written)), entry["fields"]));
    if (!entry.contains("origin")) CHECK(written == body);
  }
}

TEST_CASE("type tables survive being kept on their own", "[golden]") {
  for (const Json& entry : manifest()["streams"]) {
    const wire::StreamInfo stream = wire::decode_stream(read_file(entry["file"]));
    for (const transit::TypeTable& types :
         {stream.dependencies_metadata, stream.objects_metadata}) {
      CHECK(wire::decode_type_table(wire::encode_type_table(types)) == types);
    }
  }
}

TEST_CASE("the original's blocks are read, and written back byte for byte", "[golden]") {
  for (const Json& entry : manifest()["blocks"]) {
    INFO(entry["file"]);
    const Bytes body = read_file(entry["file"]);
    const wire::BlockMessage block = wire::decode_block(body);
    CHECK(same_fields(fields_of(block.info), entry["fields"]));
    if (!entry.contains("origin")) CHECK(wire::encode_block(block) == body);

    const wire::BlockMessage again = wire::decode_block(wire::encode_block(block));
    CHECK(same_fields(fields_of(again.info), entry["fields"]));
    CHECK(again.payload.dependencies == block.payload.dependencies);
    CHECK(again.payload.objects == block.payload.objects);

    const wire::BlockPayload kept = wire::decode_payload(wire::encode_payload(block.payload));
    CHECK(kept.dependencies == block.payload.dependencies);
    CHECK(kept.objects == block.payload.objects);
  }
}

TEST_CASE("payloads decompress to the recorded buffers", "[golden]") {
  Bytes content;
  for (const Json& entry : manifest()["blocks"]) {
    INFO(entry["file"]);
    const wire::BlockMessage block = wire::decode_block(read_file(entry["file"]));
    wire::decompress_frame(block.payload.dependencies, content);
    CHECK(content == read_file(entry["payload"]["dependencies_raw_file"]));
    wire::decompress_frame(block.payload.objects, content);
    CHECK(content == read_file(entry["payload"]["objects_raw_file"]));
  }
}

TEST_CASE("every recorded block decodes to the events of the manifest", "[golden]") {
  BlockReader reader;  // One for all: nothing of a block may survive into the next.
  for (const Json& entry : manifest()["blocks"]) {
    INFO(entry["file"]);
    const StreamPlan plan = plan_of(entry["stream_file"]);
    const Bytes dependencies = read_file(entry["payload"]["dependencies_raw_file"]);
    const Bytes objects = read_file(entry["payload"]["objects_raw_file"]);
    reader.open(plan, dependencies, objects);

    std::multiset<std::string> ours;
    for (std::uint32_t i = 0; i < reader.nb_dependencies(); ++i) {
      ours.insert(to_json(reader.dependency(i)).dump());
    }
    std::multiset<std::string> theirs;
    for (const auto& [id, value] : entry["dependencies"].items()) theirs.insert(value.dump());
    CHECK(ours == theirs);

    Json events = Json::array();
    while (reader.next()) events.push_back(to_json(reader.value()));
    // Compared as text: the order of members counts.
    CHECK(events.dump(1) == without_approximations(entry["events"]).dump(1));
    CHECK(reader.nb_visited() == entry["fields"]["nb_objects"].get<std::size_t>());
  }
}

TEST_CASE("every hostile block gives the stated outcome", "[golden][hostile]") {
  int blocks = 0;
  for (const Json& entry : manifest()["hostile"]) {
    if (entry["kind"] != "block") continue;
    ++blocks;
    INFO(entry["name"]);
    const Outcome outcome = read_block(read_file(entry["file"]), plan_of(entry["stream_file"]));
    INFO(outcome.error);
    const bool accepted = entry["http_status"] == 200;
    if (!accepted) {
      // The envelope is refused where the body is posted, so the block is never read.
      CHECK(outcome.stage == "envelope");
      CHECK(outcome.error.starts_with("insert_block: "));
      CHECK(outcome.error.find("at byte ") != std::string::npos);
      continue;
    }
    CHECK(outcome.stage == entry["stage"].get<std::string>());
    CHECK(outcome.error.empty() == (entry["result"] == "ok"));
    if (!outcome.error.empty()) CHECK(outcome.error.find("at byte ") != std::string::npos);
    CHECK(outcome.events.size() == entry["events_before_stop"].get<std::size_t>());
    CHECK(outcome.events.dump(1) == without_approximations(entry["events"]).dump(1));
  }
  CHECK(blocks > 70);
}

TEST_CASE("every hostile block that is accepted keeps its fields", "[golden][hostile]") {
  for (const Json& entry : manifest()["hostile"]) {
    if (entry["kind"] != "block" || entry["http_status"] != 200) continue;
    INFO(entry["name"]);
    CHECK(
        same_fields(fields_of(wire::decode_block(read_file(entry["file"])).info), entry["fields"]));
  }
}

TEST_CASE("every hostile process and stream gives the stated outcome", "[golden][hostile]") {
  int bodies = 0;
  for (const Json& entry : manifest()["hostile"]) {
    if (entry["kind"] == "block") continue;
    ++bodies;
    INFO(entry["name"]);
    const Bytes body = read_file(entry["file"]);
    const auto read = [&] {
      return entry["kind"] == "process" ? fields_of(wire::decode_process(body))
                                        : fields_of(wire::decode_stream(body));
    };
    if (entry["result"] == "ok") {
      CHECK(same_fields(read(), entry["fields"]));
      continue;
    }
    try {
      read();
      FAIL("accepted");
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.kind() == ErrorKind::kMalformed);
      CHECK(std::string{error.what()}.find("at byte ") != std::string::npos);
    }
  }
  CHECK(bodies == 11);
}

}  // namespace
}  // namespace micromegas::golden
