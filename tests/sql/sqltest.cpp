#include "sqltest.h"

#include <charconv>
#include <chrono>
#include <map>
#include <sstream>
#include <stdexcept>

#include "base/ids.h"
#include "recorded_lake.h"

namespace micromegas::query {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::int64_t time_of(std::string_view text) {
  std::int64_t count = 0;
  const auto [unit, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view name(unit, static_cast<std::size_t>(text.data() + text.size() - unit));
  static const std::map<std::string_view, std::int64_t> kUnits = {
      {"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
  if (error != std::errc{} || !kUnits.contains(name)) {
    throw std::runtime_error("not a time: " + std::string(text));
  }
  return count * kUnits.at(name);
}

/// `range=0ns..25ns limit=10`
RequestOptions options_of(const std::string& text) {
  RequestOptions options;
  for (const auto& word : words_of(text)) {
    const std::string value = word.substr(word.find('=') + 1);
    if (word.starts_with("range=")) {
      const auto dots = value.find("..");
      options.range =
          RecordedLake::range(time_of(value.substr(0, dots)), time_of(value.substr(dots + 2)));
    } else if (word.starts_with("limit=")) {
      options.limit = std::stoull(value);
    } else {
      throw std::runtime_error("unknown option of a query: " + word);
    }
  }
  return options;
}

/// A lake that understands the lines of a recording.
class Recorder {
 public:
  void play(const std::string& line) {
    const auto words = words_of(line);
    if (words[0] == "thread") {
      threads_[words.at(1)] = app_.thread(words.at(1));
    } else if (words[0] == "flush" && words.size() == 1) {
      app_.flush();
    } else if (words[0] == "flush") {
      app_.flush(threads_.at(words[1]));
    } else if (words[0] == "break") {
      auto block = app_.take_block(threads_.at(words.at(1)));
      block.payload.objects.resize(block.payload.objects.size() / 2);
      app_.lake().ingest(block);
    } else {
      play_event(words);
    }
  }

  std::string answer(const SqlTest::Query& query) {
    const auto options = options_of(query.options);
    try {
      return named(query.expects_error ? app_.error(query.sql, options)
                                       : app_.rows(query.sql, options));
    } catch (const Error& error) {
      return std::string("error: ") + error.what();
    }
  }

 private:
  void play_event(const std::vector<std::string>& words) {
    if (words.size() < 5 || words[3] != "on") throw std::runtime_error("cannot read the line");
    const auto& [time, event, span] = std::tie(words[0], words[1], words[2]);
    const auto thread = threads_.at(words[4]);
    app_.at(std::chrono::nanoseconds(time_of(time)));
    if (event == "begin" && words.size() == 7 && words[5] == "in") {
      app_.begin(thread, span, views::ChildOf{words[6]});
    } else if (event == "begin") {
      app_.begin(thread, span);
    } else if (event == "end") {
      app_.end(thread, span);
    } else if (event == "fail") {
      app_.end(thread, span, transit::SpanOutcome::kError);
    } else if (event == "cancel") {
      app_.end(thread, span, transit::SpanOutcome::kCancelled);
    } else if (event == "begin_named") {
      app_.begin_named(thread, span);
    } else if (event == "end_named") {
      app_.end_named(thread, span);
    } else if (event == "begin_thread_span") {
      app_.begin_thread_span(thread, span);
    } else if (event == "end_thread_span") {
      app_.end_thread_span(thread, span);
    } else {
      throw std::runtime_error("unknown event: " + event);
    }
  }

  /// Ids become names that a test can know.
  std::string named(const std::string& text) const {
    constexpr std::size_t kUuidLength = 36;
    std::map<std::string, std::string> blocks;
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
      const std::string id = text.substr(at, kUuidLength);
      if (id.size() < kUuidLength || !Uuid::parse(id)) {
        result += text[at++];
        continue;
      }
      at += kUuidLength;
      if (id == app_.process_id().to_string()) {
        result += "$process";
      } else if (const auto thread = app_.thread_name(id); thread != "?") {
        result += thread;
      } else {
        result += blocks.try_emplace(id, "block" + std::to_string(blocks.size() + 1)).first->second;
      }
    }
    return result;
  }

  RecordedLake app_;
  std::map<std::string, views::RecordedProcess::Thread> threads_;
};

void strip_trailing_blank_lines(std::string& text) {
  while (text.ends_with("\n\n") || text == "\n") text.pop_back();
}

}  // namespace

SqlTest parse_sqltest(std::string_view text) {
  SqlTest test;
  std::istringstream stream{std::string(text)};
  std::string section;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const auto words = words_of(line);
    const std::string first = words.empty() ? "" : words[0];
    if (line.starts_with("#")) {
      if (test.title.empty()) test.title = line.substr(line.find_first_not_of("# "));
    } else if (line == "record") {
      test.steps.emplace_back(SqlTest::Record{});
      section = line;
    } else if (first == "query" && (words.size() == 1 || words[1].find('=') != std::string::npos)) {
      test.steps.emplace_back(SqlTest::Query{number, line.substr(5), "", "", false});
      section = first;
    } else if ((line == "rows" || line == "error") && section == "query") {
      std::get<SqlTest::Query>(test.steps.back()).expects_error = line == "error";
      section = line;
    } else if (section == "record") {
      if (!words.empty()) std::get<SqlTest::Record>(test.steps.back()).lines.push_back(line);
    } else if (section == "query") {
      std::get<SqlTest::Query>(test.steps.back()).sql += line + "\n";
    } else if (section == "rows" || section == "error") {
      std::get<SqlTest::Query>(test.steps.back()).expected += line + "\n";
    } else if (!words.empty()) {
      throw std::runtime_error("line " + std::to_string(number) + " belongs to no section");
    }
  }
  for (auto& step : test.steps) {
    if (auto* query = std::get_if<SqlTest::Query>(&step))
      strip_trailing_blank_lines(query->expected);
  }
  return test;
}

std::vector<SqlTestOutcome> run_sqltest(const SqlTest& test) {
  Recorder recorder;
  std::vector<SqlTestOutcome> outcomes;
  for (const auto& step : test.steps) {
    if (const auto* record = std::get_if<SqlTest::Record>(&step)) {
      for (const auto& line : record->lines) {
        try {
          recorder.play(line);
        } catch (const std::exception& error) {
          throw std::runtime_error("'" + line + "': " + error.what());
        }
      }
    } else {
      const auto& query = std::get<SqlTest::Query>(step);
      outcomes.push_back({query, recorder.answer(query)});
    }
  }
  return outcomes;
}

}  // namespace micromegas::query
