# Every library that the project uses, in one place.
find_package(PkgConfig REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
if(GPT2RUN_FUZZ)  # the engine is not built then, and Clang's OpenMP is a package of its own
  add_library(OpenMP::OpenMP_CXX INTERFACE IMPORTED)
else()
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(Snappy REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)

# The OpenMP build of OpenBLAS first: its products and our own loops then share one pool. With the
# build that has threads of its own, the two pools take each other's processors.
find_path(OPENBLAS_INCLUDE_DIR cblas.h
          PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp openblas-openmp
                        ${CMAKE_LIBRARY_ARCHITECTURE}/openblas openblas
                        ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread
          REQUIRED)
find_library(OPENBLAS_LIBRARY openblas
             PATH_SUFFIXES openblas-openmp ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp
             REQUIRED)
add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
set_target_properties(OpenBLAS::OpenBLAS PROPERTIES
  IMPORTED_LOCATION "${OPENBLAS_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${OPENBLAS_INCLUDE_DIR}")

# Optional: its many-row product is a fifth faster than OpenBLAS 0.3.21's on AVX-512 machines.
# (Found by hand: the package's own CMake file asks for OpenCL's headers, which nothing here needs.)
find_path(DNNL_INCLUDE_DIR dnnl.h)
find_library(DNNL_LIBRARY dnnl)
if(DNNL_INCLUDE_DIR AND DNNL_LIBRARY)
  add_library(oneDNN::oneDNN UNKNOWN IMPORTED)
  set_target_properties(oneDNN::oneDNN PROPERTIES
    IMPORTED_LOCATION "${DNNL_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${DNNL_INCLUDE_DIR}")
endif()

# Optional: zip files (.npz, PyTorch's .bin and .pt); without it they are named and refused.
pkg_check_modules(libzip IMPORTED_TARGET libzip)
