#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include <micromegas/detail/suspension.h>
#include <micromegas/span_context.h>

namespace micromegas::detail {

/// When the code of a span runs whose coroutine is not ours to watch, but whose executor is: an
/// executor runs the code piece by piece, perhaps several pieces at a time. The span goes on when a
/// first piece begins, and is suspended when no piece is left.
///
///     SpanRuns        nothing is told      the code's executor, as long as it runs anything of it
///     SpanRuns::Run   resume ... suspend   one piece of code, on the thread that runs it
///
/// Any thread may call; all of it is recorded on the calling thread.
class SpanRuns : public std::enable_shared_from_this<SpanRuns> {
 public:
  /// `site`: of the span, told as the place of a suspension whose place nobody knows.
  SpanRuns(std::uint64_t span_id, std::int32_t site) noexcept : span_id_(span_id), site_(site) {}
  SpanRuns(const SpanRuns&) = delete;
  SpanRuns& operator=(const SpanRuns&) = delete;

  /// The span ends: what its executor runs from now on is told no more.
  void end() noexcept;

  class Run {
   public:
    explicit Run(SpanRuns& runs) noexcept;
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

   private:
    friend class SpanRuns;
    SpanRuns& runs_;
    Run* const outer_;
    bool waits_ = false;
  };

  /// The piece of code that runs here waits for another span from now on, at a site; unless nothing
  /// is told of the span that it runs in.
  static void wait(std::uint64_t awaited_span_id, std::int32_t site) noexcept;
  /// It goes on, if it is the same piece.
  static void go_on() noexcept;
  /// What the code runs in that runs here; null: nothing is told of it.
  static std::shared_ptr<SpanRuns> current() noexcept;

 private:
  static Run* run_of_this_span() noexcept;
  void enter() noexcept;
  void leave(std::uint64_t awaited_span_id, std::int32_t site) noexcept;

  const std::uint64_t span_id_;
  const std::int32_t site_;
  /// Held while the clock is read: what is told alternates in time, whichever threads tell it.
  std::mutex mutex_;
  int running_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace micromegas::detail
