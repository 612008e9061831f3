// The main() of every test program of ours.
#define CATCH_CONFIG_RUNNER
#include <filesystem>

#include <catch2/catch.hpp>

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer does not know fences, by which Asio orders the end of what it counts references
// to.
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "race:boost::asio::detail::ref_count_down\n"
         "race:boost::asio::execution::detail::shared_target_executor\n";
}
#endif

int main(int argc, char* argv[]) {
  // MICROMEGAS_GOLDEN_DIR is relative to the build folder, so that objects are the same in every
  // clone and the compiler's cache serves them all. Programs lie in its bin/.
  std::filesystem::current_path(
      std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path());
  return Catch::Session().run(argc, argv);
}
