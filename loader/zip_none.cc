// ZipArchive in a build without libzip: every archive is refused, saying so.
#include "loader/checkpoint_error.h"
#include "loader/tensor_checks.h"
#include "loader/zip_archive.h"

namespace gpt2run {
namespace {

[[noreturn]] void refuse(const std::string& path) {
  throw CheckpointError(ErrorKind::kUnsupported, path, "",
                        "is a zip file (a PyTorch .bin or .pt, or an .npz), which this build "
                        "cannot read, as it has no libzip; install libzip-dev and build it again");
}

}  // namespace

struct ZipArchive::Handles {};

ZipArchive::ZipArchive(const std::filesystem::path& path) : path_(path.string()) {
  refuse_failed_download(InputFile(path));
  refuse(path_);
}

ZipArchive::~ZipArchive() = default;

std::unique_ptr<ZipStream> ZipArchive::open(size_t) const {
  refuse(path_);
}

bool has_libzip() {
  return false;
}

}  // namespace gpt2run
