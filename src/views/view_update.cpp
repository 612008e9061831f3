#include "views/view_update.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "views/partition_builder.h"

namespace micromegas::views {
namespace {

/// A swap fails only because somebody else's succeeded. So many in a row mean that something is
/// wrong.
constexpr int kMaxFailedSwaps = 50;

PlanState compare_with_lake(const ViewPlan& plan, lake::Lake& lake, const View& view) {
  return compare(plan,
                 lake.metadata().partitions_of_view(view.key().view_set, view.key().view_instance),
                 lake.partitions_folder());
}

class Update {
 public:
  Update(const UpdateServices& services, const View& view, ViewPlanner& planner,
         const WantedRanges& wanted, const CancellationToken& cancel)
      : services_(services), view_(view), planner_(planner), wanted_(wanted), cancel_(cancel) {}

  UpdateResult run() {
    for (int attempt = 0; attempt < kMaxFailedSwaps; ++attempt) {
      plan_ = planner_.plan(view_);
      state_ = compare_with_lake(*plan_, services_.lake, view_);
      const std::vector<std::size_t> missing = missing_specs();
      forget_all_but(missing);
      if (missing.empty()) return result();
      build(missing);
      cancel_.check();
      if (publish()) return result();
    }
    throw unavailable("the partitions of " + view_.key().view_set + " " +
                      view_.key().view_instance + " keep changing");
  }

 private:
  lake::MetadataStore& metadata() { return services_.lake.metadata(); }

  std::vector<std::size_t> missing_specs() const {
    std::vector<std::size_t> missing;
    for (std::size_t spec = 0; spec < plan_->specs().size(); ++spec) {
      if (state_.up_to_date[spec]) continue;
      const bool is_wanted = std::any_of(wanted_.begin(), wanted_.end(), [&](const auto& range) {
        return plan_->touches(spec, range);
      });
      if (is_wanted) missing.push_back(spec);
    }
    return missing;
  }

  /// Of what an earlier attempt built, keeps what is still to be published.
  void forget_all_but(const std::vector<std::size_t>& missing) {
    std::map<std::size_t, BuiltPartition> kept;
    for (const std::size_t spec : missing) {
      for (auto& [_, built] : built_) {
        if (built.row.insert_range == plan_->specs()[spec].insert_range &&
            built.row.source_data_hash == plan_->specs()[spec].source_data_hash) {
          kept.emplace(spec, std::move(built));
          break;
        }
      }
    }
    built_ = std::move(kept);
  }

  void build(const std::vector<std::size_t>& missing) {
    const BuildContext context{
        services_.lake, view_, plan_->snapshot(), plan_->ticks(), services_.max_rows_per_group,
        cancel_};
    std::vector<BuildQueue::Task> tasks;
    for (const std::size_t spec : missing) {
      if (built_.contains(spec)) continue;
      BuiltPartition& built = built_[spec];
      tasks.emplace_back([&context, &built, this, spec] {
        built = build_partition(context, plan_->specs()[spec]);
      });
    }
    services_.queue.run(std::move(tasks));
  }

  bool publish() {
    // A build may have waited for longer than orphans may live.
    const auto is_gone = [](auto& built) {
      return built.second.file && !built.second.file->renew();
    };
    if (std::erase_if(built_, is_gone) > 0) return false;

    lake::PartitionSwap swap{view_.key().view_set, view_.key().view_instance, {}, {}};
    for (const auto& [spec, built] : built_) swap.publish.push_back(built.row);
    for (const lake::PartitionRow& stale : state_.stale) {
      if (is_replaced(stale)) swap.retire.push_back(stale.partition_id);
    }
    bool done = false;
    try {
      done = metadata().swap_partitions(swap);
    } catch (...) {
      keep_what_may_be_published();
      throw;
    }
    if (!done) return false;
    for (auto& [spec, built] : built_) {
      if (built.file) built.file->keep();
      state_.up_to_date[spec] = std::move(built.row);
    }
    return true;
  }

  bool is_replaced(const lake::PartitionRow& stale) const {
    if (stale.schema_hash != view_.schema_hash()) return true;
    return std::any_of(built_.begin(), built_.end(), [&](const auto& entry) {
      return entry.second.row.insert_range.overlaps(stale.insert_range);
    });
  }

  /// A commit whose answer was lost may have happened: a file that a row names must stay. What is
  /// kept in vain is removed by `remove_orphaned_files`.
  void keep_what_may_be_published() noexcept {
    std::vector<lake::PartitionRow> live;
    bool known = false;
    try {
      live = metadata().partitions_of_view(view_.key().view_set, view_.key().view_instance);
      known = true;
    } catch (const std::exception&) {
      // Then any of them may be.
    }
    for (auto& [spec, built] : built_) {
      const bool published = std::any_of(live.begin(), live.end(), [&](const auto& row) {
        return row.file_path == built.row.file_path;
      });
      if (built.file && (published || !known)) built.file->keep();
    }
  }

  UpdateResult result() { return {plan_, std::move(state_.up_to_date)}; }

  const UpdateServices& services_;
  const View& view_;
  ViewPlanner& planner_;
  const WantedRanges& wanted_;
  const CancellationToken& cancel_;

  std::shared_ptr<const ViewPlan> plan_;
  PlanState state_;
  std::map<std::size_t, BuiltPartition> built_;  ///< By position of the spec.
};

}  // namespace

std::optional<std::vector<lake::PartitionRow>> UpdateResult::partitions_in(
    const std::optional<TimeRange>& range) const {
  std::vector<lake::PartitionRow> rows;
  for (std::size_t spec = 0; spec < partitions.size(); ++spec) {
    if (!plan->touches(spec, range)) continue;
    const auto& partition = partitions[spec];
    if (!partition) return std::nullopt;
    if (!partition->event_range) continue;
    if (!range || partition->event_range->overlaps(*range)) rows.push_back(*partition);
  }
  return rows;
}

UpdateResult look_at_partitions(lake::Lake& lake, const View& view, ViewPlanner& planner) {
  auto plan = planner.plan(view);
  PlanState state = compare_with_lake(*plan, lake, view);
  return {std::move(plan), std::move(state.up_to_date)};
}

UpdateResult update_partitions(const UpdateServices& services, const View& view,
                               ViewPlanner& planner, const WantedRanges& wanted,
                               const CancellationToken& cancel) {
  return Update(services, view, planner, wanted, cancel).run();
}

}  // namespace micromegas::views
