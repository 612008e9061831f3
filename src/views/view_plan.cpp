#include "views/view_plan.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "views/tick_frequency.h"

namespace micromegas::views {
namespace {

/// A file of another size is what a power cut or a full disk left of a copy.
bool has_its_file(const lake::PartitionRow& partition,
                  const std::filesystem::path& partitions_folder) {
  if (partition.file_path.empty()) return true;
  std::error_code error;
  const auto size = std::filesystem::file_size(partitions_folder / partition.file_path, error);
  return !error && std::cmp_equal(size, partition.file_size);
}

}  // namespace

ViewPlan::ViewPlan(const View& view, std::shared_ptr<const BlockSnapshot> snapshot,
                   std::int64_t frequency)
    : snapshot_(std::move(snapshot)),
      frequency_(frequency),
      ticks_(converter_of(snapshot_->process.info, frequency)),
      specs_(plan_partitions({view.key(), view.schema_hash(), frequency}, snapshot_->blocks)) {
  events_of_specs_.reserve(specs_.size());
  for (const PartitionSpec& spec : specs_) {
    TimeRange hull{{INT64_MAX}, {INT64_MIN}};
    for (const BlockPtr& block : spec.blocks(snapshot_->blocks)) {
      const TimeRange events = events_of(*block);
      hull.begin = std::min(hull.begin, events.begin);
      hull.end = std::max(hull.end, events.end);
    }
    events_of_specs_.push_back(hull);
  }
}

TimeRange ViewPlan::events_of(const lake::BlockRow& block) const {
  const wire::BlockInfo& info = block.info;
  const auto [first, last] = std::minmax(info.begin_time, info.end_time);
  TimeRange range{first, last};
  if (ticks_) {
    const Timestamp begin = ticks_->time_of_relative(info.begin_ticks);
    const Timestamp end = ticks_->time_of_relative(info.end_ticks);
    range.begin = std::min({range.begin, begin, end});
    range.end = std::max({range.end, begin, end});
  }
  return range;
}

bool ViewPlan::touches(std::size_t spec, const std::optional<TimeRange>& range) const {
  if (!range) return true;
  if (!events_of_specs_[spec].overlaps(*range)) return false;
  const auto blocks = specs_[spec].blocks(snapshot_->blocks);
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const BlockPtr& block) { return events_of(*block).overlaps(*range); });
}

PlanState compare(const ViewPlan& plan, std::vector<lake::PartitionRow> partitions,
                  const std::filesystem::path& partitions_folder) {
  const auto& specs = plan.specs();
  PlanState state;
  state.up_to_date.resize(specs.size());
  for (lake::PartitionRow& partition : partitions) {
    const auto spec = std::lower_bound(
        specs.begin(), specs.end(), partition.insert_range.begin,
        [](const PartitionSpec& s, Timestamp begin) { return s.insert_range.begin < begin; });
    // The hash covers the schema's, so partitions of another schema never pass.
    if (spec != specs.end() && spec->insert_range == partition.insert_range &&
        spec->source_data_hash == partition.source_data_hash &&
        has_its_file(partition, partitions_folder)) {
      state.up_to_date[static_cast<std::size_t>(spec - specs.begin())] = std::move(partition);
    } else {
      state.stale.push_back(std::move(partition));
    }
  }
  return state;
}

}  // namespace micromegas::views
