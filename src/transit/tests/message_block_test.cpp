// Blocks of logs and of metrics: what the encoders are given is what the reader finds.
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "transit/block_reader.h"
#include "transit/message_block_encoder.h"

namespace micromegas::transit {
namespace {

constexpr LogSiteView kReady{"ready", "shop", "shop::start", "src/shop.cpp", 12, 4};
constexpr LogSiteView kRetry{"retry {}", "shop::db", "shop::db", "src/db.cpp", 40, 3};
constexpr MetricSiteView kQueue{"queue_length", "count", "shop", "src/shop.cpp", 7};

struct Pair {
  std::string_view name;
  std::string_view value;
};
using Set = std::vector<Pair>;

std::string text_of(const DependencyView& dependency) {
  if (dependency.kind() == DependencyView::Kind::kText) return std::string(dependency.text());
  std::string text;
  if (dependency.kind() == DependencyView::Kind::kPropertySet) {
    for (std::uint32_t i = 0; i < dependency.nb_properties(); ++i) {
      const auto [name, value] = dependency.property(i);
      text += std::string(name) + '=' + std::string(value) + ';';
    }
    return text;
  }
  const ObjectView site = dependency.object();
  for (const Member& member : site.members()) {
    if (member.name == "id") continue;
    text += (text.empty() ? "(" : " ") + (member.source == Member::Source::kReference
                                              ? text_of(site.dependency(member))
                                              : std::to_string(site.u32(member)));
  }
  return text + ')';
}

/// The events of a block, one a line: type, then the members.
template <class Encoder>
std::vector<std::string> read_back(const Encoder& encoder, const StreamTypes& types) {
  const StreamPlan plan{types.dependencies, types.objects};
  BlockReader reader;
  reader.open(plan, encoder.dependencies(), encoder.objects());
  std::vector<std::string> events;
  while (reader.next()) {
    const ObjectView& event = reader.event();
    std::string text{event.type_name()};
    for (const Member& member : event.members()) {
      const Value value = event.value(member);
      text += ' ';
      if (const auto dependency = value.dependency()) {
        text += text_of(*dependency);
      } else if (const auto string = value.text()) {
        text += '"' + std::string(*string) + '"';
      } else if (const auto number = value.f64()) {
        text += std::to_string(*number);
      } else {
        text += std::to_string(event.i64(member));
      }
    }
    events.push_back(text);
  }
  CHECK(events.size() == static_cast<std::size_t>(encoder.nb_objects()));
  return events;
}

std::vector<std::string> read_back(const LogBlockEncoder& encoder) {
  return read_back(encoder, log_stream_types());
}
std::vector<std::string> read_back(const MetricsBlockEncoder& encoder) {
  return read_back(encoder, metrics_stream_types());
}

TEST_CASE("each kind of log comes back with what it was given", "[encoder]") {
  LogBlockEncoder encoder;
  CHECK(encoder.static_text(&kReady, kReady, {10}));
  CHECK(encoder.text(&kRetry, kRetry, "retry 3", {11}));
  CHECK(
      encoder.tagged_text(&kRetry, kRetry, Set{{"user", "ann"}, {"tenant", ""}}, "retry 4", {12}));
  CHECK(encoder.static_text(&kReady, kReady, {-13}));
  const std::string ready = "(ready shop shop::start src/shop.cpp 12 4)";
  const std::string retry = "(retry {} shop::db shop::db src/db.cpp 40 3)";
  CHECK(read_back(encoder) ==
        std::vector<std::string>{"LogStaticStrEvent " + ready + " 10",
                                 "LogStringEventV2 11 \"retry 3\" " + retry,
                                 "TaggedLogString 12 " + retry + " user=ann;tenant=; \"retry 4\"",
                                 "LogStaticStrEvent " + ready + " -13"});
}

TEST_CASE("each kind of metric comes back with what it was given", "[encoder]") {
  MetricsBlockEncoder encoder;
  CHECK(encoder.integer(&kQueue, kQueue, ~0ULL, {1}));
  CHECK(encoder.floating(&kQueue, kQueue, -0.5, {2}));
  CHECK(encoder.tagged_integer(&kQueue, kQueue, Set{{"shard", "2"}}, 7, {3}));
  CHECK(encoder.tagged_floating(&kQueue, kQueue, Set{{"shard", "2"}}, 1e9, {4}));
  const std::string queue = "(queue_length count shop src/shop.cpp 7 3)";
  CHECK(read_back(encoder) ==
        std::vector<std::string>{
            "IntegerMetricEvent " + queue + " -1 1", "FloatMetricEvent " + queue + " -0.500000 2",
            "TaggedIntegerMetricEvent " + queue + " shard=2; 7 3",
            "TaggedFloatMetricEvent " + queue + " shard=2; 1000000000.000000 4"});
}

TEST_CASE("floating point values keep their bits", "[encoder]") {
  MetricsBlockEncoder encoder;
  for (const double value : {std::numeric_limits<double>::infinity(), std::nan(""), -0.0, 5e-324}) {
    encoder.clear();
    REQUIRE(encoder.floating(&kQueue, kQueue, value, {1}));
    const StreamPlan plan{metrics_stream_types().dependencies, metrics_stream_types().objects};
    BlockReader reader;
    reader.open(plan, encoder.dependencies(), encoder.objects());
    REQUIRE(reader.next());
    const double read = reader.event().f64(reader.event().get("value"));
    CHECK(std::signbit(read) == std::signbit(value));
    CHECK((read == value || (std::isnan(read) && std::isnan(value))));
  }
}

TEST_CASE("messages travel whatever they contain", "[encoder]") {
  using namespace std::string_view_literals;
  LogBlockEncoder encoder;
  CHECK(encoder.text(&kRetry, kRetry, "", {1}));
  CHECK(encoder.text(&kRetry, kRetry, "zero \0 inside"sv, {2}));
  CHECK(encoder.text(&kRetry, kRetry, "caf\xe9", {3}));  // The reader replaces what is no UTF-8.
  CHECK(encoder.text(&kRetry, kRetry, std::string(1'000'000, 'x'), {4}));
  const auto events = read_back(encoder);
  REQUIRE(events.size() == 4);
  CHECK(events[0].find("1 \"\"") != std::string::npos);
  CHECK(events[1].find("\"zero \0 inside\""sv) != std::string::npos);
  CHECK(events[2].find("\"caf\xef\xbf\xbd\"") != std::string::npos);
  CHECK(events[3].size() > 1'000'000);
}

TEST_CASE("a name that is no UTF-8 does not cost the block", "[encoder]") {
  const LogSiteView latin1{"caf\xe9", "\xff", "", "src/\xf0\x9f", 1, 1};
  LogBlockEncoder encoder;
  CHECK(encoder.static_text(&latin1, latin1, {1}));
  CHECK(encoder.tagged_text(&latin1, latin1, Set{{"\xe9", "\xe9"}}, "m", {2}));
  CHECK(encoder.static_text(&kReady, kReady, {3}));
  const std::string repaired = "(caf\xef\xbf\xbd \xef\xbf\xbd  src/\xef\xbf\xbd 1 1)";
  CHECK(read_back(encoder) ==
        std::vector<std::string>{
            "LogStaticStrEvent " + repaired + " 1",
            "TaggedLogString 2 " + repaired + " \xef\xbf\xbd=\xef\xbf\xbd; \"m\"",
            "LogStaticStrEvent (ready shop shop::start src/shop.cpp 12 4) 3"});
}

TEST_CASE("a block of logs repeats what it needs and nothing of the block before", "[encoder]") {
  LogBlockEncoder encoder;
  encoder.static_text(&kReady, kReady, {1});
  encoder.tagged_text(&kReady, kReady, Set{{"a", "b"}}, "m", {2});
  encoder.clear();
  CHECK(encoder.nb_objects() == 0);
  encoder.tagged_text(&kReady, kReady, Set{{"a", "b"}}, "n", {3});
  CHECK(read_back(encoder) ==
        std::vector<std::string>{
            "TaggedLogString 3 (ready shop shop::start src/shop.cpp 12 4) a=b; \"n\""});
}

TEST_CASE("one set of properties is written once in a block", "[encoder]") {
  MetricsBlockEncoder encoder;
  encoder.tagged_integer(&kQueue, kQueue, Set{{"shard", "2"}}, 1, {1});
  const std::size_t size = encoder.dependencies().size();
  for (std::uint64_t i = 0; i < 100; ++i) {
    encoder.tagged_integer(&kQueue, kQueue, Set{{"shard", "2"}}, i, {2});
  }
  CHECK(encoder.dependencies().size() == size);
}

}  // namespace
}  // namespace micromegas::transit
