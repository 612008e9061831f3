#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ingestion/group_commit.h"

namespace micromegas::ingestion {

/// `co_await`s what `GroupCommit` tells by calling back from its own thread: the coroutine goes on
/// in its executor, and an error is thrown there. `start` gets the `Done` to pass on.
template <class Start>
boost::asio::awaitable<void> await_done(Start start) {
  namespace net = boost::asio;
  const auto initiate = [](auto handler, auto&& begin) {
    // A std::function is copyable, a coroutine's handler is not: hence the shared pointer.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto executor = net::get_associated_executor(*shared);
    begin([shared, executor](const std::exception_ptr& failure) {
      net::post(executor, [shared, failure] { std::move (*shared)(failure); });
    });
  };
  co_await net::async_initiate<const net::use_awaitable_t<>&, void(std::exception_ptr)>(
      initiate, net::use_awaitable, std::move(start));
}

inline boost::asio::awaitable<void> commit(GroupCommit& queue, Envelope envelope) {
  return await_done(
      [&queue, envelope = std::make_shared<Envelope>(std::move(envelope))](
          GroupCommit::Done done) mutable { queue.submit(std::move(*envelope), std::move(done)); });
}

inline boost::asio::awaitable<void> commit_probe(GroupCommit& queue) {
  return await_done([&queue](GroupCommit::Done done) { queue.submit_probe(std::move(done)); });
}

}  // namespace micromegas::ingestion
