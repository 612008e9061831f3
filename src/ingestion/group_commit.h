#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ingestion/envelope.h"
#include "ingestion/log_throttle.h"
#include "lake/lake.h"

namespace micromegas::ingestion {

/// Stores envelopes in the lake, many with one commit.
///
/// A commit costs two syncs (payloads, then rows) however many envelopes it holds, so whoever comes
/// while one is under way waits for the next and shares it:
///
///     request A --submit--+                        +--> done(A)
///     request B ----submit+--> write payloads, --->+--> done(B)
///     request C --------submit (next commit)  rows     ...
///
/// `done` of an envelope runs after all of it is durable, or with the error that kept it out.
/// Errors do not spread: when a commit is refused because of one envelope, the others are stored
/// without it.
///
/// Any thread may submit. One thread of its own does the storing and calls every `done`.
class GroupCommit {
 public:
  struct Options {
    std::size_t max_queued_bytes = std::size_t{256} << 20;
    std::size_t max_queued_envelopes = 16'384;
    std::size_t max_commit_bytes = std::size_t{32} << 20;
    std::size_t max_commit_envelopes = 1'024;
    std::chrono::milliseconds proof_lasts{1'000};  ///< That storing works.
  };

  /// Null: stored. Else an `Error`. Must not throw.
  using Done = std::function<void(std::exception_ptr)>;

  GroupCommit(std::shared_ptr<lake::Lake> lake, Options options);
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  ~GroupCommit();  ///< Stops.

  /// Hands an envelope over. When the queue is full, `done` is called at once with
  /// `Error{kResourceExhausted}`; after `stop`, with `Error{kUnavailable}`.
  void submit(Envelope envelope, Done done);

  /// Tells whether storing would work now. Whoever asks within a second of a commit or a probe that
  /// went well, and none that failed since, hears so at once; the others wait together for one look
  /// at the lake, in the thread that stores. Strangers may ask: it costs storing one look a second,
  /// however many do.
  void submit_probe(Done done);

  /// Stores what is queued, then ends the thread. Idempotent.
  void stop();

  std::size_t queued_envelopes() const;
  std::size_t queued_bytes() const;

 private:
  struct Waiting {
    Envelope envelope;
    Done done;
    std::size_t bytes = 0;
  };
  struct Commit {
    std::vector<Waiting> envelopes;
    std::vector<Done> probes;
  };
  std::exception_ptr refuse(std::size_t bytes) const;  ///< Null: there is room.
  void run();
  Commit take_commit();
  void gather(std::unique_lock<std::mutex>& lock);
  void commit(Commit& batch);
  void answer_probes(const std::vector<Done>& probes);
  void note_proof(bool works);
  void commit_together(std::vector<Waiting*>& batch);
  void store(const std::vector<Waiting*>& batch);
  void report_failure(const std::exception& failure, std::size_t nb_envelopes);

  const std::shared_ptr<lake::Lake> lake_;
  const Options options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  std::vector<Done> probes_;
  std::optional<std::chrono::steady_clock::time_point> proof_;  ///< When storing last worked.
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;

  // Of the storing thread alone.
  std::size_t expected_ = 0;  ///< Envelopes that the next commit may hope for.
  std::chrono::nanoseconds gathering_time_{0};
  LogThrottle failures_;

  std::thread thread_;  ///< Last: starts when all the rest is there.
};

}  // namespace micromegas::ingestion
