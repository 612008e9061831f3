# mm_install_programs(<targets>): the component `server`, programs in bin/ and beside them, in a folder
# of ours, what they need of Arrow and DuckDB. The prefix may be moved: nothing in it points to where
# it was built. Libraries in the system's own folders are left there.
include(GNUInstallDirs)

function(mm_install_programs)
  set(libraries ${CMAKE_INSTALL_LIBDIR}/micromegas)
  file(RELATIVE_PATH bin_to_libraries ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/micromegas)
  set_target_properties(${ARGN} PROPERTIES INSTALL_RPATH $ORIGIN/${bin_to_libraries})
  install(TARGETS ${ARGN}
          RUNTIME_DEPENDENCIES PRE_INCLUDE_REGEXES "^lib(arrow|parquet|duckdb)" PRE_EXCLUDE_REGEXES .
                               POST_EXCLUDE_REGEXES "^(/usr|/usr/local)?/lib"
          RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server
          LIBRARY DESTINATION ${libraries} COMPONENT server)
endfunction()
