# Every dependency of ours, in one place. What Debian has comes from Debian; Arrow and DuckDB come
# from the system when CMake finds a suitable one there, else from the folder that tools/setup fills
# (pinned by version and hash in tools/dependencies.json).
find_package(Threads REQUIRED) # All that the instrumentation needs.

if(MICROMEGAS_HTTP_SINK OR MICROMEGAS_FUZZ)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
endif()
if(MICROMEGAS_HTTP_SINK)
  find_package(CURL REQUIRED)
endif()
if(MICROMEGAS_LAKE_SINK)
  pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
  pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
  find_package(nlohmann_json REQUIRED)
endif()
if(MICROMEGAS_SERVER OR MICROMEGAS_TESTS)
  find_package(Boost 1.81 REQUIRED)
endif()

# The folder is named by the hash of the list of pins, so a changed pin is never mistaken for the
# library of an older build. -DMICROMEGAS_DEPS= names another one.
set(pins ${PROJECT_SOURCE_DIR}/tools/dependencies.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pins})
if(NOT MICROMEGAS_DEPS)
  set(cache_folder "$ENV{MICROMEGAS_CACHE}")
  if(NOT cache_folder)
    set(cache_folder "$ENV{HOME}/.cache/micromegas-cpp")
  endif()
  file(SHA256 ${pins} pins_hash)
  string(SUBSTRING ${pins_hash} 0 16 pins_hash)
  set(MICROMEGAS_DEPS ${cache_folder}/deps/${pins_hash})
endif()

if(MICROMEGAS_SERVER)
  find_package(CLI11 REQUIRED)
  find_package(spdlog REQUIRED)
  include(FindArrowFlight)
  include(FindDuckDB)
endif()

if(MICROMEGAS_TESTS)
  find_package(Catch2 2 REQUIRED)
  find_package(GTest REQUIRED) # An example shows tests with it.
  find_package(nlohmann_json REQUIRED)
endif()
