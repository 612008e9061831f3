#include "golden_recording.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "views/call_site.h"

namespace micromegas::views {
namespace {

/// Section 6 of the wire format, written anew: the test must not trust what it tests.
std::int64_t time_of(const wire::ProcessInfo& process, std::int64_t ticks) {
  const std::int64_t start = process.start_time.ns - process.start_time.ns % 1000;
  const double since_start = static_cast<double>(ticks - process.start_ticks.value);
  const double inverse = 1e9 / static_cast<double>(process.tsc_frequency);
  return start + std::llround(since_start * inverse);
}

EventRow row_of(const wire::ProcessInfo& process, const nlohmann::json& block,
                const nlohmann::json& event) {
  const auto type = event.at("$type").get<std::string>();
  const bool named = event.contains("span_location");
  const auto& site = event.at(named ? "span_location" : "span_desc");
  EventRow row;
  row.stream_id = block.at("fields").at("stream_id");
  row.block_id = block.at("fields").at("block_id");
  row.time = time_of(process, event.at("time"));
  row.event_type = type.starts_with("Begin") ? "begin" : "end";
  row.span_id = event.at("span_id");
  const std::int64_t parent = event.at("parent_span_id");
  if (parent != 0) row.parent_span_id = parent;
  row.depth = event.at("depth");
  row.name = named ? event.at("name") : site.at("name");
  row.filename = site.at("file");
  row.target = site.at("target");
  row.line = site.at("line");
  row.hash = call_site_hash({row.name, row.filename, row.target, row.line});
  return row;
}

}  // namespace

Bytes GoldenRecording::read_file(const std::string& name) {
  std::ifstream file(std::string(MICROMEGAS_GOLDEN_DIR "/") + name, std::ios::binary);
  if (!file) throw std::runtime_error("no golden file " + name + ": run from the build folder");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

GoldenRecording::GoldenRecording() {
  manifest_ = nlohmann::json::parse(as_text(read_file("vectors.json")));
  process_ = wire::decode_process(read_file(manifest_.at("processes").at(0).at("file")));
  for (const auto& stream : manifest_.at("streams")) {
    streams_.push_back(wire::decode_stream(read_file(stream.at("file"))));
  }
  for (const auto& block : manifest_.at("blocks")) {
    blocks_.push_back(wire::decode_block(read_file(block.at("file"))));
  }
}

void GoldenRecording::ingest_process_and_streams(const TestLake& lake) const {
  lake.ingest(process_);
  lake.ingest(streams_);
}

void GoldenRecording::ingest_all(const TestLake& lake) const {
  ingest_process_and_streams(lake);
  lake.ingest(blocks_);
}

std::vector<EventRow> GoldenRecording::expected_async_events() const {
  std::vector<EventRow> rows;
  for (const auto& block : manifest_.at("blocks")) {
    for (const auto& event : block.at("events")) {
      if (event.at("$type").get<std::string>().find("Async") == std::string::npos) continue;
      rows.push_back(row_of(process_, block, event));
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace micromegas::views
