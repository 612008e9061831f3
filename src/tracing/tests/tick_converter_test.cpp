#include "tracing/tick_converter.h"

#include <cmath>
#include <cstdlib>

#include <catch2/catch.hpp>

namespace micromegas::tracing {
namespace {

constexpr std::int64_t kStartNs = 1'700'000'000'000'000'000;
constexpr std::uint64_t kStartRaw = 77'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

/// A counter of about 2.6 GHz whose rate wanders, beside a system clock that is right.
class DriftingCounter {
 public:
  /// `drift(t)`: how far the counter is off after t seconds, in seconds.
  template <class Drift>
  explicit DriftingCounter(Drift drift) : drift_(drift) {}

  ClockReading at(std::int64_t ns) const {
    const double seconds = static_cast<double>(ns) / 1e9;
    const double raw = (seconds + drift_(seconds)) * 2.6e9;
    return {kStartRaw + static_cast<std::uint64_t>(std::llround(raw)), {kStartNs + ns}};
  }

 private:
  double (*drift_)(double);
};

std::int64_t worst_error(const DriftingCounter& counter, std::int64_t seconds) {
  TickConverter converter(counter.at(0));
  std::int64_t worst = 0;
  std::int64_t last = 0;
  for (std::int64_t second = 1; second <= seconds; ++second) {
    converter.add(counter.at(second * kSecond));
    for (std::int64_t part = 0; part < 10; ++part) {
      const ClockReading truth = counter.at((second - 1) * kSecond + part * kSecond / 10);
      const std::int64_t converted = converter.convert(truth.raw).value;
      CHECK(converted >= last);
      last = converted;
      worst = std::max(worst, std::abs(converted - truth.time.ns));
    }
  }
  return worst;
}

TEST_CASE("a steady counter is converted to the nanosecond", "[ticks]") {
  CHECK(worst_error(DriftingCounter([](double) { return 0.0; }), 100) <= 2);
}

TEST_CASE("a counter that drifts is followed within ten microseconds", "[ticks]") {
  // 50 ppm fast: 86 ms after half an hour for whoever trusts the first frequency.
  CHECK(worst_error(DriftingCounter([](double t) { return 50e-6 * t; }), 1800) <= 2);
  // And one whose rate swings by 30 ppm in the course of ten minutes.
  CHECK(worst_error(DriftingCounter(
                        [](double t) { return 30e-6 * 600 / 6.2832 * std::sin(t * 6.2832 / 600); }),
                    1800) <= 10'000);
}

TEST_CASE("the start is where the ticks begin", "[ticks]") {
  const TickConverter converter({kStartRaw, {kStartNs}});
  CHECK(converter.start().value == kStartNs);
  CHECK(converter.convert(kStartRaw).value == kStartNs);
}

TEST_CASE("a system clock that is set back does not take the ticks back", "[ticks]") {
  const DriftingCounter counter([](double) { return 0.0; });
  TickConverter converter(counter.at(0));
  std::int64_t last = 0;
  std::int64_t off = 0;
  for (std::int64_t second = 1; second <= 60; ++second) {
    ClockReading reading = counter.at(second * kSecond);
    if (second >= 10) reading.time.ns -= 2 * kSecond;
    converter.add(reading);
    for (std::int64_t part = 1; part <= 10; ++part) {
      const ClockReading event = counter.at((second - 1) * kSecond + part * kSecond / 10);
      const std::int64_t converted = converter.convert(event.raw).value;
      CHECK(converted > last);
      last = converted;
    }
    off = last - reading.time.ns;
  }
  CHECK(std::abs(off) <= 2);  // Both agree again.
}

TEST_CASE("a system clock that is set forwards takes the ticks along", "[ticks]") {
  const DriftingCounter counter([](double) { return 0.0; });
  TickConverter converter(counter.at(0));
  converter.add(counter.at(kSecond));
  ClockReading later = counter.at(2 * kSecond);
  later.time.ns += 3600 * kSecond;
  converter.add(later);
  // What was before the step keeps its distances.
  CHECK(converter.convert(counter.at(kSecond * 3 / 2).raw).value == kStartNs + kSecond * 3 / 2);
  CHECK(converter.convert(later.raw).value == later.time.ns);
}

TEST_CASE("an event older than the latest readings is converted as it would have been", "[ticks]") {
  const DriftingCounter counter([](double t) { return 1e-4 * std::sin(t); });
  TickConverter converter(counter.at(0));
  converter.add(counter.at(kSecond));
  const std::uint64_t event = counter.at(kSecond / 2).raw;
  const Ticks at_once = converter.convert(event);
  for (std::int64_t second = 2; second < 30; ++second) converter.add(counter.at(second * kSecond));
  CHECK(converter.convert(event) == at_once);
}

TEST_CASE("a reading that is not newer is ignored", "[ticks]") {
  TickConverter converter({kStartRaw, {kStartNs}});
  converter.add({kStartRaw, {kStartNs + 5}});
  converter.add({kStartRaw - 1, {kStartNs + 9}});
  CHECK(converter.convert(kStartRaw).value == kStartNs);
}

}  // namespace
}  // namespace micromegas::tracing
