#include <algorithm>
#include <ostream>
#include <sstream>
#include <utility>

#include <micromegas/testing.h>

namespace micromegas::testing {
namespace {

void print(std::ostream& out, const Properties& properties) {
  if (properties.empty()) return;
  const char* separator = " {";
  for (const auto& [name, value] : properties) {
    out << separator << name << '=' << value;
    separator = ", ";
  }
  out << '}';
}

template <class Element, class Condition>
const Element& the_only(const std::vector<Element>& all, const Condition& condition,
                        const std::string& wanted, const Recorded& recorded) {
  const auto found = std::find_if(all.begin(), all.end(), condition);
  const char* fault = nullptr;
  if (found == all.end()) fault = "there is no ";
  if (!fault && std::find_if(found + 1, all.end(), condition) != all.end()) {
    fault = "there is more than one ";
  }
  if (!fault) return *found;
  std::ostringstream text;
  text << fault << wanted << "; recorded was:\n" << recorded;
  throw NotRecorded(text.str());
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

class TreePrinter {
 public:
  explicit TreePrinter(const std::vector<Span>& spans) : spans_(spans) {}

  std::string print() {
    for (const Span& span : spans_) {
      if (span.kind == "async" && is_root(span)) print_async(span, 0);
    }
    print_threads();
    return std::move(text_);
  }

 private:
  bool is_root(const Span& span) const {
    return std::none_of(spans_.begin(), spans_.end(), [&](const Span& other) {
      return other.span_id != 0 && other.span_id == span.parent_span_id;
    });
  }

  void print_async(const Span& span, std::size_t indent) {
    print_line(span, indent);
    for (const Span& child : spans_) {
      if (child.span_id != 0 && child.parent_span_id == span.span_id)
        print_async(child, indent + 1);
    }
  }

  // Thread by thread, in the order in which they appear; depths are those of strict nesting.
  void print_threads() {
    std::vector<std::int64_t> threads;
    for (const Span& span : spans_) {
      if (span.kind != "thread") continue;
      if (std::find(threads.begin(), threads.end(), span.thread_id) == threads.end()) {
        threads.push_back(span.thread_id);
      }
    }
    for (const std::int64_t thread : threads) {
      for (const Span& span : spans_) {
        if (span.kind == "thread" && span.thread_id == thread) print_line(span, span.depth);
      }
    }
  }

  void print_line(const Span& span, std::size_t indent) {
    text_ += std::string(2 * indent, ' ') + span.name;
    if (span.outcome != "ok") text_ += ' ' + span.outcome;
    text_ += '\n';
  }

  const std::vector<Span>& spans_;
  std::string text_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Span& span) {
  out << span.kind << " span " << quoted(span.name);
  if (!span.parent.empty()) out << " in " << quoted(span.parent);
  out << ", depth " << span.depth << ", " << span.outcome;
  if (!span.error.empty()) out << " (" << span.error << ')';
  out << ", on " << span.thread << '#' << span.thread_id;
  if (span.end_thread_id != 0 && span.end_thread_id != span.thread_id) {
    out << " -> " << span.end_thread << '#' << span.end_thread_id;
  }
  print(out, span.properties);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Log& log) {
  out << log.level << ' ' << log.target << ": " << log.message;
  print(out, log.properties);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Metric& metric) {
  out << metric.name << " = " << metric.value << ' ' << metric.unit;
  print(out, metric.properties);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Recorded& recorded) {
  if (recorded.spans().empty() && recorded.logs().empty() && recorded.metrics().empty()) {
    return out << "nothing\n";
  }
  for (const Span& span : recorded.spans()) out << span << '\n';
  for (const Log& log : recorded.logs()) out << "log: " << log << '\n';
  for (const Metric& metric : recorded.metrics()) out << "metric: " << metric << '\n';
  return out;
}

Recorded::Recorded(std::vector<Span> spans, std::vector<Log> logs, std::vector<Metric> metrics)
    : spans_(std::move(spans)), logs_(std::move(logs)), metrics_(std::move(metrics)) {}

const Span& Recorded::span(std::string_view name) const {
  return the_only(
      spans_, [&](const Span& span) { return span.name == name; }, "span " + quoted(name), *this);
}

const Log& Recorded::log(std::string_view text) const {
  return the_only(
      logs_, [&](const Log& log) { return log.message.find(text) != std::string::npos; },
      "log that contains " + quoted(text), *this);
}

const Metric& Recorded::metric(std::string_view name) const {
  return the_only(
      metrics_, [&](const Metric& metric) { return metric.name == name; }, "metric " + quoted(name),
      *this);
}

std::vector<Span> Recorded::spans_named(std::string_view name) const {
  std::vector<Span> found = spans_;
  std::erase_if(found, [&](const Span& span) { return span.name != name; });
  return found;
}

std::vector<Metric> Recorded::metrics_named(std::string_view name) const {
  std::vector<Metric> found = metrics_;
  std::erase_if(found, [&](const Metric& metric) { return metric.name != name; });
  return found;
}

std::size_t Recorded::count(std::string_view span_name) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      spans_.begin(), spans_.end(), [&](const Span& span) { return span.name == span_name; }));
}

std::string Recorded::tree() const { return TreePrinter(spans_).print(); }

}  // namespace micromegas::testing
