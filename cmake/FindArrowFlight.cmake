# Targets: Arrow::arrow, Arrow::parquet, Arrow::flight. A system-wide Arrow (>= 20, with Flight) wins;
# else the libraries and headers of the pinned wheel.
set(MICROMEGAS_ARROW_SOVERSION 2600)
find_package(ArrowFlight CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
if(ArrowFlight_FOUND AND Parquet_FOUND AND ArrowFlight_VERSION VERSION_GREATER_EQUAL 20)
  message(STATUS "Arrow: system ${ArrowFlight_VERSION}")
  add_library(Arrow::arrow ALIAS Arrow::arrow_shared)
  add_library(Arrow::parquet ALIAS Parquet::parquet_shared)
  add_library(Arrow::flight ALIAS ArrowFlight::arrow_flight_shared)
  return()
endif()

set(arrow_root ${MICROMEGAS_DEPS}/arrow)
if(NOT EXISTS ${arrow_root}/include/arrow/api.h)
  message(FATAL_ERROR "Arrow not found: run tools/setup (or 'make build', which does), or install Arrow >= 20 with Flight")
endif()
message(STATUS "Arrow: ${arrow_root}")
foreach(part arrow parquet arrow_flight)
  string(REPLACE arrow_flight flight target ${part})
  add_library(Arrow::${target} SHARED IMPORTED GLOBAL)
  set_target_properties(Arrow::${target} PROPERTIES
    IMPORTED_LOCATION ${arrow_root}/lib${part}.so.${MICROMEGAS_ARROW_SOVERSION})
  # SYSTEM keeps our -Werror away from their headers.
  target_include_directories(Arrow::${target} SYSTEM INTERFACE ${arrow_root}/include)
endforeach()
target_link_libraries(Arrow::parquet INTERFACE Arrow::arrow)
target_link_libraries(Arrow::flight INTERFACE Arrow::arrow)
# The libraries of the wheel find each other beside themselves.
list(APPEND CMAKE_BUILD_RPATH ${arrow_root})
