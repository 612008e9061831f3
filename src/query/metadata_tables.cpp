#include "query/metadata_tables.h"

#include <map>
#include <string>
#include <utility>

#include "query/database.h"
#include "query/jsonb.h"
#include "query/table_function.h"

namespace micromegas::query {
namespace {

using lake::BlockRow;
using lake::BlockTotals;
using lake::Lake;
using lake::ProcessRow;
using lake::StreamRow;

/// A process as its columns want it: encoded once, however many blocks show it.
struct ProcessCells {
  ProcessRow row;
  std::string process_id;
  std::string parent_process_id;  ///< Empty: none.
  std::string properties;

  explicit ProcessCells(const ProcessRow& process)
      : row(process),
        process_id(process.info.process_id.to_string()),
        parent_process_id(process.info.parent_process_id
                              ? process.info.parent_process_id->to_string()
                              : std::string()),
        properties(jsonb_of(process.info.properties)) {}
};

struct StreamCells {
  StreamRow row;
  std::string stream_id;
  std::string process_id;
  std::string properties;

  explicit StreamCells(const StreamRow& stream)
      : row(stream),
        stream_id(stream.stream_id.to_string()),
        process_id(stream.process_id.to_string()),
        properties(jsonb_of(stream.properties)) {}
};

struct ProcessLine {
  std::shared_ptr<const ProcessCells> process;
  BlockTotals totals;
};

struct StreamLine {
  std::shared_ptr<const StreamCells> stream;
  BlockTotals totals;
};

/// What a row of `blocks` needs, and no more: there may be millions.
struct BlockLine {
  BlockId block_id;
  Timestamp begin_time;
  Timestamp end_time;
  Timestamp insert_time;
  Ticks begin_ticks;
  Ticks end_ticks;
  std::int64_t object_offset;
  std::int64_t payload_size;
  std::int32_t nb_objects;
  const StreamCells* stream;
  const ProcessCells* process;
};

/// Keeps the cells alive that its lines point to.
struct BlockLines {
  std::map<StreamId, StreamCells> streams;
  std::map<ProcessId, ProcessCells> processes;
};

template <class Line, class Get>
RowColumn<Line> text(std::string name, Get get) {
  return {std::move(name), ColumnType::kText,
          [get](const Line& line, VectorWriter& out, idx_t at) { out.set_text(at, get(line)); }};
}
template <class Line, class Get>
RowColumn<Line> binary(std::string name, Get get) {
  return {std::move(name), ColumnType::kBinary,
          [get](const Line& line, VectorWriter& out, idx_t at) { out.set_text(at, get(line)); }};
}
template <class Line, class Get>
RowColumn<Line> integer(std::string name, Get get) {
  return {std::move(name), ColumnType::kInt64,
          [get](const Line& line, VectorWriter& out, idx_t at) {
            out.set(at, static_cast<std::int64_t>(get(line)));
          }};
}
template <class Line, class Get>
RowColumn<Line> time(std::string name, Get get) {
  return {std::move(name), ColumnType::kTime,
          [get](const Line& line, VectorWriter& out, idx_t at) { out.set(at, get(line).ns); }};
}
template <class Line, class Get>
RowColumn<Line> tags(std::string name, Get get) {
  return {std::move(name), ColumnType::kTextList,
          [get](const Line& line, VectorWriter& out, idx_t at) {
            write_text_list(out, at, get(line));
          }};
}

template <class Line>
void append(std::vector<RowColumn<Line>>& columns, std::vector<RowColumn<Line>> more) {
  for (auto& column : more) columns.push_back(std::move(column));
}

/// The columns that `processes` begins with, and that `blocks` shows as "processes.<name>".
template <class Line>
std::vector<RowColumn<Line>> clock_columns(const std::string& prefix) {
  using L = const Line&;
  return {
      time<Line>(prefix + "start_time", [](L l) { return l.process->row.info.start_time; }),
      integer<Line>(prefix + "start_ticks",
                    [](L l) { return l.process->row.info.start_ticks.value; }),
      integer<Line>(prefix + "tsc_frequency",
                    [](L l) { return l.process->row.info.tsc_frequency; }),
  };
}
template <class Line>
std::vector<RowColumn<Line>> identity_columns(const std::string& prefix) {
  using L = const Line&;
  return {
      text<Line>(prefix + "exe", [](L l) -> auto& { return l.process->row.info.exe; }),
      text<Line>(prefix + "username", [](L l) -> auto& { return l.process->row.info.username; }),
      text<Line>(prefix + "realname", [](L l) -> auto& { return l.process->row.info.realname; }),
      text<Line>(prefix + "computer", [](L l) -> auto& { return l.process->row.info.computer; }),
      text<Line>(prefix + "distro", [](L l) -> auto& { return l.process->row.info.distro; }),
      text<Line>(prefix + "cpu_brand", [](L l) -> auto& { return l.process->row.info.cpu_brand; }),
  };
}
template <class Line>
std::vector<RowColumn<Line>> origin_columns(const std::string& prefix) {
  using L = const Line&;
  return {
      time<Line>(prefix + "insert_time", [](L l) { return l.process->row.insert_time; }),
      text<Line>(prefix + "parent_process_id",
                 [](L l) -> auto& { return l.process->parent_process_id; }),
      binary<Line>(prefix + "properties", [](L l) -> auto& { return l.process->properties; }),
  };
}
template <class Line>
std::vector<RowColumn<Line>> metadata_columns(const std::string& prefix) {
  using L = const Line&;
  return {
      binary<Line>(prefix + "dependencies_metadata",
                   [](L l) { return as_text(l.stream->row.dependencies_metadata); }),
      binary<Line>(prefix + "objects_metadata",
                   [](L l) { return as_text(l.stream->row.objects_metadata); }),
      tags<Line>(prefix + "tags", [](L l) -> auto& { return l.stream->row.tags; }),
      binary<Line>(prefix + "properties", [](L l) -> auto& { return l.stream->properties; }),
      time<Line>(prefix + "insert_time", [](L l) { return l.stream->row.insert_time; }),
      text<Line>(prefix + "format", [](L l) -> auto& { return l.stream->row.format; }),
  };
}

std::vector<RowColumn<ProcessLine>> process_columns() {
  using Line = ProcessLine;
  using L = const Line&;
  std::vector<RowColumn<Line>> columns = {
      text<Line>("process_id", [](L l) -> auto& { return l.process->process_id; })};
  append(columns, identity_columns<Line>(""));
  auto clock = clock_columns<Line>("");
  std::swap(clock[0], clock[2]);  // Here the frequency comes first,
  std::swap(clock[1], clock[2]);  // then start_time and start_ticks.
  append(columns, std::move(clock));
  append(columns, origin_columns<Line>(""));
  columns.push_back(time<Line>("last_update_time", [](L l) { return l.totals.last_insert_time; }));
  columns.push_back(
      integer<Line>("last_block_end_ticks", [](L l) { return l.totals.last_end_ticks; }));
  columns.push_back(time<Line>("last_block_end_time", [](L l) { return l.totals.last_end_time; }));
  return columns;
}

std::vector<RowColumn<StreamLine>> stream_columns() {
  using Line = StreamLine;
  using L = const Line&;
  std::vector<RowColumn<Line>> columns = {
      text<Line>("stream_id", [](L l) -> auto& { return l.stream->stream_id; }),
      text<Line>("process_id", [](L l) -> auto& { return l.stream->process_id; })};
  append(columns, metadata_columns<Line>(""));
  columns.push_back(time<Line>("last_update_time", [](L l) { return l.totals.last_insert_time; }));
  return columns;
}

std::vector<RowColumn<BlockLine>> block_columns() {
  using Line = BlockLine;
  using L = const Line&;
  std::vector<RowColumn<Line>> columns = {
      text<Line>("block_id", [](L l) { return l.block_id.to_string(); }),
      text<Line>("stream_id", [](L l) -> auto& { return l.stream->stream_id; }),
      text<Line>("process_id", [](L l) -> auto& { return l.process->process_id; }),
      time<Line>("begin_time", [](L l) { return l.begin_time; }),
      integer<Line>("begin_ticks", [](L l) { return l.begin_ticks.value; }),
      time<Line>("end_time", [](L l) { return l.end_time; }),
      integer<Line>("end_ticks", [](L l) { return l.end_ticks.value; }),
      {"nb_objects", ColumnType::kInt32,
       [](L l, VectorWriter& out, idx_t at) { out.set(at, l.nb_objects); }},
      integer<Line>("object_offset", [](L l) { return l.object_offset; }),
      integer<Line>("payload_size", [](L l) { return l.payload_size; }),
      time<Line>("insert_time", [](L l) { return l.insert_time; }),
  };
  append(columns, metadata_columns<Line>("streams."));
  append(columns, clock_columns<Line>("processes."));
  append(columns, identity_columns<Line>("processes."));
  append(columns, origin_columns<Line>("processes."));
  return columns;
}

std::vector<ProcessLine> read_processes(const Lake& lake, const Request& request) {
  std::vector<ProcessLine> lines;
  lake.metadata().scan_processes(
      request.options.range, [&](const ProcessRow& process, const BlockTotals& totals) {
        lines.push_back({std::make_shared<const ProcessCells>(process), totals});
        return !request.options.cancel.cancelled();
      });
  request.options.cancel.check();
  return lines;
}

std::vector<StreamLine> read_streams(const Lake& lake, const Request& request) {
  std::vector<StreamLine> lines;
  lake.metadata().scan_streams(
      request.options.range, [&](const StreamRow& stream, const BlockTotals& totals) {
        lines.push_back({std::make_shared<const StreamCells>(stream), totals});
        return !request.options.cancel.cancelled();
      });
  request.options.cancel.check();
  return lines;
}

/// Rows of `blocks` share the cells of their streams and processes.
class BlockScan : public RowScan<BlockLine> {
 public:
  BlockScan(std::shared_ptr<const std::vector<RowColumn<BlockLine>>> columns,
            std::vector<BlockLine> lines, std::unique_ptr<BlockLines> cells)
      : RowScan(std::move(columns), std::move(lines)), cells_(std::move(cells)) {}

 private:
  std::unique_ptr<BlockLines> cells_;
};

TableDefinition block_table(std::shared_ptr<Lake> lake) {
  const auto columns = std::make_shared<const std::vector<RowColumn<BlockLine>>>(block_columns());
  TableDefinition table;
  table.name = "micromegas_blocks";
  for (const auto& column : *columns) table.columns.emplace_back(column.name, column.type);
  table.open = [columns, lake = std::move(lake)](const Request& request) {
    auto cells = std::make_unique<BlockLines>();
    std::vector<BlockLine> lines;
    std::as_const(*lake).metadata().scan_blocks(
        request.options.range,
        [&](const BlockRow& block, const StreamRow& stream, const ProcessRow& process) {
          const auto& stream_cells = cells->streams.try_emplace(stream.stream_id, stream).first;
          const auto& process_cells =
              cells->processes.try_emplace(process.info.process_id, process).first;
          lines.push_back({block.info.block_id, block.info.begin_time, block.info.end_time,
                           block.insert_time, block.info.begin_ticks, block.info.end_ticks,
                           block.info.object_offset, block.payload_size, block.info.nb_objects,
                           &stream_cells->second, &process_cells->second});
          return !request.options.cancel.cancelled();
        });
    request.options.cancel.check();
    return std::make_unique<BlockScan>(columns, std::move(lines), std::move(cells));
  };
  return table;
}

}  // namespace

void create_metadata_tables(duckdb_connection connection, RequestRegistry& requests,
                            std::shared_ptr<lake::Lake> lake) {
  const auto create = [&](const std::string& name, TableDefinition table) {
    const std::string function = table.name;
    register_table(connection, requests, std::move(table));
    run(connection, "CREATE VIEW " + name + " AS SELECT * FROM " + function + "()");
  };
  create("processes", row_table<ProcessLine>("micromegas_processes", process_columns(),
                                             [lake](const Request& request) {
                                               return read_processes(*lake, request);
                                             }));
  create("streams", row_table<StreamLine>(
                        "micromegas_streams", stream_columns(),
                        [lake](const Request& request) { return read_streams(*lake, request); }));
  create("blocks", block_table(std::move(lake)));
}

}  // namespace micromegas::query
