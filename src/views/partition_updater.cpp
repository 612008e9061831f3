#include "views/partition_updater.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "views/build_queue.h"
#include "views/partition_writer.h"
#include "views/shared_update.h"
#include "views/view_planner.h"

namespace micromegas::views {
namespace {

/// What a row costs from its block to its encoded pages, columns and scratch memory included;
/// measured by bench_materialization.
constexpr std::size_t kBytesPerRow = 200;

/// Row groups smaller than this compress badly and cost readers more than they save.
constexpr std::size_t kMinRowsPerGroup = 16 * 1024;

/// Beyond so many, views that nobody updates are forgotten; the next query plans them afresh.
constexpr std::size_t kMaxIdleViews = 32;

std::size_t rows_per_group(const UpdaterOptions& options) {
  const std::size_t affordable = options.memory_limit / (options.threads * kBytesPerRow);
  return std::clamp(affordable, kMinRowsPerGroup, kMaxRowsPerGroup);
}

UpdaterOptions with_a_thread_at_least(UpdaterOptions options) {
  options.threads = std::max<std::size_t>(1, options.threads);
  return options;
}

}  // namespace

struct PartitionUpdater::Impl {
  /// All that is kept of one view.
  struct ViewState {
    ViewPlanner planner;
    SharedUpdate update;

    explicit ViewState(Impl& owner)
        : planner(*owner.lake, owner.catalog),
          update([this, &owner](const View& view, const WantedRanges& wanted,
                                const CancellationToken& cancel) {
            return update_partitions(owner.services, view, planner, wanted, cancel);
          }) {}
  };

  Impl(std::shared_ptr<lake::Lake> the_lake, const UpdaterOptions& options)
      : lake(std::move(the_lake)),
        catalog(lake),
        queue(options.threads),
        services{*lake, queue, rows_per_group(options)} {}

  std::shared_ptr<ViewState> state_of(const ViewKey& key) {
    const std::lock_guard lock(mutex);
    if (const auto found = views.find(key); found != views.end()) return found->second;
    if (views.size() >= kMaxIdleViews) forget_idle_views();
    return views.emplace(key, std::make_shared<ViewState>(*this)).first->second;
  }

  void forget_idle_views() {
    std::erase_if(views, [](const auto& entry) {
      // Nobody can join one that only the map holds: joining takes the map's lock first.
      return entry.second.use_count() == 1 && entry.second->update.idle();
    });
  }

  const std::shared_ptr<lake::Lake> lake;
  BlockCatalog catalog;
  BuildQueue queue;
  const UpdateServices services;

  std::mutex mutex;                                     ///< Guards `views`.
  std::map<ViewKey, std::shared_ptr<ViewState>> views;  ///< Goes first: its updates use the rest.
};

PartitionUpdater::PartitionUpdater(std::shared_ptr<lake::Lake> lake, UpdaterOptions options)
    : impl_(std::make_unique<Impl>(std::move(lake), with_a_thread_at_least(options))) {}

PartitionUpdater::~PartitionUpdater() = default;

std::vector<lake::PartitionRow> PartitionUpdater::bring_up_to_date(
    const View& view, const std::optional<TimeRange>& range, const CancellationToken& cancel) {
  cancel.check();
  const auto state = impl_->state_of(view.key());
  // As a rule nothing is new: then no thread is started and nobody waited for.
  if (auto rows = look_at_partitions(*impl_->lake, view, state->planner).partitions_in(range)) {
    return std::move(*rows);
  }
  const auto result = state->update.wait(view, range, cancel);
  return result->partitions_in(range).value();
}

}  // namespace micromegas::views
