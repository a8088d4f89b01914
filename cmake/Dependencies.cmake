# Every library that the project uses, in one place.
find_package(PkgConfig REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(Snappy REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)

# On demand only (GPT2RUN_MANY_ROWS). OpenBLAS's build with threads of its own would take the
# engine's threads' processors; the others compute on the thread that calls.
if(GPT2RUN_MANY_ROWS STREQUAL "openblas")
  find_path(OPENBLAS_INCLUDE_DIR cblas.h
            PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-serial openblas-serial
                          ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp openblas-openmp
            REQUIRED)
  find_library(OPENBLAS_LIBRARY openblas
               PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-serial openblas-serial
                             ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp openblas-openmp
               REQUIRED)
elseif(GPT2RUN_MANY_ROWS STREQUAL "onednn")
  # By hand: the package's own CMake file asks for OpenCL's headers, which nothing here needs.
  find_path(DNNL_INCLUDE_DIR dnnl.h REQUIRED)
  find_library(DNNL_LIBRARY dnnl REQUIRED)
  find_package(OpenMP REQUIRED)
elseif(NOT GPT2RUN_MANY_ROWS STREQUAL "own")
  message(FATAL_ERROR "GPT2RUN_MANY_ROWS: expected own, openblas or onednn, "
                      "found ${GPT2RUN_MANY_ROWS}")
endif()

# Optional: zip files (.npz, PyTorch's .bin and .pt); without it they are named and refused.
pkg_check_modules(libzip IMPORTED_TARGET libzip)
