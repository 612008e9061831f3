#pragma once

#include <functional>
#include <thread>

namespace micromegas {

/// Starts a thread of ours inside a program that is not ours. It bears a name (15 characters at
/// most), and takes no signals: the program's handlers run on the program's threads, and a SIGPIPE
/// that a broken connection raises here is nobody's end.
///
/// Not joinable: the system refused a thread.
std::thread start_background_thread(const char* name, std::function<void()> work) noexcept;

}  // namespace micromegas
