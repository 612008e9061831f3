#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace micromegas::query {

/// One *.sqltest file: a recording, queries, their rows, to be read in one glance.
///
///     # A child names the span that was open when it was created.
///     record
///     thread ui
///     10ns begin request on ui
///     20ns begin fetch on ui in request
///     30ns end fetch on ui
///     flush
///
///     query range=0ns..25ns limit=10
///     SELECT name, parent_span_id FROM view_instance('async_events', '$process') ORDER BY time
///
///     rows
///     request | NULL
///     fetch | 1
///
/// A recording's lines:
///     thread <name>                                  a stream of the process
///     <time> begin <span> on <thread> [in <parent>]  span ids count from 1
///     <time> end <span> on <thread>
///     <time> begin_named / end_named ...             the name travels with each event
///     <time> begin_thread_span / end_thread_span <span> on <thread>
///     flush [<thread>]                               ships blocks
///     break <thread>                                 ships its events as a block that cannot be
///     read
/// Times count from the process's start, 2023-11-14T22:13:20Z; units ns, us, ms, s.
///
/// `rows` may be `error` instead, followed by how the error begins. In rows, streams print as the
/// names of their threads, the process as $process and blocks as block1, block2 in order of
/// appearance.
///
/// Sections follow one another in any order; a recording may go on between queries.
struct SqlTest {
  struct Record {
    std::vector<std::string> lines;
  };
  struct Query {
    int line = 0;  ///< Where it stands, for messages.
    std::string options;
    std::string sql;
    std::string expected;
    bool expects_error = false;
  };

  std::string title;
  std::vector<std::variant<Record, Query>> steps;
};

/// Throws `std::runtime_error` naming the line that cannot be read.
SqlTest parse_sqltest(std::string_view text);

/// What one query of a test gave.
struct SqlTestOutcome {
  SqlTest::Query query;
  std::string actual;
};

/// Runs a test in a lake of its own.
std::vector<SqlTestOutcome> run_sqltest(const SqlTest& test);

}  // namespace micromegas::query
