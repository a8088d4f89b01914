// Hdf5File where gpt2run is built without HDF5.
#include "loader/checkpoint_error.h"
#include "loader/hdf5_file.h"

namespace gpt2run {

struct Hdf5File::Handle {};

Hdf5File::Hdf5File(const std::filesystem::path& path) : file_(path), path_(path.string()) {
  throw CheckpointError(ErrorKind::kUnsupported, path_, "",
                        "is an HDF5 file, and this gpt2run was built without HDF5; install "
                        "libhdf5-dev and build it again");
}

Hdf5File::~Hdf5File() = default;

void Hdf5File::read_float32(size_t, float*, const ReadProgress&) const {}

std::optional<TensorPlace> Hdf5File::place(size_t) const {
  return std::nullopt;
}

}  // namespace gpt2run
