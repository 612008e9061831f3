#pragma once

#include <array>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace micromegas::sink {

/// The other end of what a sink writes to.
class Pipe {
 public:
  Pipe() {
    REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~Pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int writing() const { return ends_[1]; }

  /// All that has been written since the last call.
  std::string read() {
    std::string all;
    std::array<char, 4096> buffer;
    for (ssize_t got; (got = ::read(ends_[0], buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  std::array<int, 2> ends_{};
};

/// stderr is the pipe as long as this lives.
class StderrInto {
 public:
  explicit StderrInto(const Pipe& pipe) : before_(::dup(2)) { ::dup2(pipe.writing(), 2); }
  ~StderrInto() {
    ::dup2(before_, 2);
    ::close(before_);
  }
  StderrInto(const StderrInto&) = delete;
  StderrInto& operator=(const StderrInto&) = delete;

 private:
  const int before_;
};

}  // namespace micromegas::sink
