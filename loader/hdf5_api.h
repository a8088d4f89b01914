#pragma once

// The API of HDF5 1.10 from every later version too.
#define H5_USE_110_API
#include <hdf5.h>

#include <mutex>
#include <string>

namespace gpt2run {

// What is used of the library, by its own names.
// clang-format off
#define GPT2RUN_HDF5_SYMBOLS(X) \
  X(H5open) X(H5Eset_auto2) X(H5Eclear2) X(H5Ewalk2) X(H5PLset_loading_state) X(H5Fopen) \
  X(H5Fclose) X(H5Oopen_by_addr) X(H5Oclose) X(H5Iget_type) X(H5Gopen2) X(H5Gclose) \
  X(H5Literate) X(H5Dget_space) X(H5Dget_type) X(H5Dget_create_plist) X(H5Dget_offset) \
  X(H5Dget_storage_size) X(H5Dget_num_chunks) X(H5Dread) X(H5Tregister) X(H5Sclose) \
  X(H5Sget_simple_extent_type) X(H5Sget_simple_extent_ndims) X(H5Sget_simple_extent_dims) \
  X(H5Sget_simple_extent_npoints) X(H5Tclose) X(H5Tget_class) X(H5Tget_size) X(H5Tequal) \
  X(H5Tcopy) X(H5Tset_size) X(H5Tset_fields) X(H5Tset_ebias) X(H5Tis_variable_str) \
  X(H5Tcreate) X(H5Pget_sizes) X(H5Pget_userblock) X(H5Pcreate) X(H5Pclose) \
  X(H5Pset_fclose_degree) X(H5Pset_file_locking) X(H5Pget_layout) X(H5Pget_chunk) \
  X(H5Pget_nfilters) X(H5Pget_filter2) X(H5Pget_external_count) X(H5Aopen) X(H5Aclose) \
  X(H5Aexists) X(H5Fget_create_plist) X(H5Aget_type) X(H5Aget_space) X(H5Aread) \
  X(H5P_CLS_FILE_ACCESS_ID_g) X(H5T_IEEE_F32LE_g) X(H5T_IEEE_F64LE_g) X(H5T_STD_I32LE_g) \
  X(H5T_STD_I64LE_g) X(H5T_C_S1_g)
// clang-format on

struct Hdf5Api {
#define GPT2RUN_HDF5_MEMBER(symbol) decltype(&::symbol) symbol = nullptr;
  GPT2RUN_HDF5_SYMBOLS(GPT2RUN_HDF5_MEMBER)
#undef GPT2RUN_HDF5_MEMBER
};

// One use of HDF5's C library: while it lasts no other thread of ours uses it, and it prints
// nothing. The library is loaded by the first, and not before: with what it needs itself (curl,
// OpenSSL, Kerberos) it would add 4 ms to the start of a program that only links to it.
class Hdf5Session {
 public:
  //   path  the file that needs it, for messages
  // Errors: CheckpointError kUnsupported if the library is not on this machine.
  explicit Hdf5Session(const std::string& path);
  Hdf5Session(const Hdf5Session&) = delete;
  Hdf5Session& operator=(const Hdf5Session&) = delete;

  const Hdf5Api* operator->() const { return &api_; }

  // What the library says of its last failure: the innermost message of its error stack. Clears it.
  std::string take_error() const;

 private:
  std::unique_lock<std::mutex> lock_;
  const Hdf5Api& api_;
};

// An identifier of the library's, closed when it goes. Lives within a session.
class Hdf5Id {
 public:
  Hdf5Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Hdf5Id() {
    if (id_ >= 0) close_(id_);
  }
  Hdf5Id(const Hdf5Id&) = delete;
  Hdf5Id& operator=(const Hdf5Id&) = delete;

  hid_t get() const { return id_; }
  bool is_valid() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

}  // namespace gpt2run
