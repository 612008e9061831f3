#include <cstdio>
#include <functional>
#include <memory>
#include <thread>

#include <micromegas/micromegas.h>

using micromegas::AsyncSpan;
using micromegas::ContextScope;

// A library that calls back from a thread of its own.
std::thread upload(std::function<void(int)> done) {
  return std::thread([done = std::move(done)] { done(200); });
}

int main() {
  const micromegas::TelemetryGuard telemetry({.cpu_tracing = true});

  // Begun here, ended there: a handle moves along with the work.
  auto span = std::make_shared<AsyncSpan>(MM_SITE("upload"));
  const ContextScope inside(span->context());

  // What the callback does belongs to the span as well: it takes the context along.
  std::thread thread = upload(micromegas::bind_context([span](int status) {
    const AsyncSpan check(MM_SITE("check answer"));
    std::printf("%d\n", status);
    span->end(status == 200 ? micromegas::Outcome::kOk : micromegas::Outcome::kError);
  }));
  thread.join();
}
