# What `cmake --install` puts under a prefix, which may be moved afterwards: the programs with their
# man pages and completions, the library with its header and CMake package, and the default model.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/gpt2run")
file(RELATIVE_PATH bin_to_lib "/prefix/${CMAKE_INSTALL_BINDIR}" "/prefix/${CMAKE_INSTALL_LIBDIR}")

# CMAKE_INSTALL_RPATH_USE_LINK_PATH adds folders that the system's loader does not search.
set_target_properties(gpt2run PROPERTIES INSTALL_RPATH "$ORIGIN")
install(TARGETS gpt2run EXPORT gpt2runTargets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
set_target_properties(gpt2run_program gpt2ckpt PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
install(TARGETS gpt2run_program gpt2ckpt RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES include/gpt2run/gpt2run.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/gpt2run")

# Where Debian's shells look for completions. zsh looks in the one folder below /usr/local, in the
# other below /usr.
foreach(program gpt2run gpt2ckpt)
  install(FILES "docs/man/${program}.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "completions/${program}.bash" RENAME "${program}"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  foreach(folder site-functions vendor-completions)
    install(FILES "completions/_${program}" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/${folder}")
  endforeach()
  install(FILES "completions/${program}.fish"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endforeach()

foreach(file checkpoint encoder.json hparams.json model.ckpt.data-00000-of-00001 model.ckpt.index
             model.ckpt.meta vocab.bpe README.md)
  install(FILES "models/shakespeare/${file}"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/gpt2run/models/shakespeare")
endforeach()

install(EXPORT gpt2runTargets NAMESPACE gpt2run:: DESTINATION "${package_dir}")
file(WRITE "${PROJECT_BINARY_DIR}/gpt2runConfig.cmake"
     "include(\"\${CMAKE_CURRENT_LIST_DIR}/gpt2runTargets.cmake\")\n")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/gpt2runConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/gpt2runConfig.cmake"
              "${PROJECT_BINARY_DIR}/gpt2runConfigVersion.cmake"
        DESTINATION "${package_dir}")
