#include <dlfcn.h>

#include <system_error>

#include "loader/model_files.h"

namespace gpt2run {
namespace {

// Of the shared library that this code is in, or of the program where it is in that.
std::filesystem::path path_of_this_code() {
  Dl_info info = {};
  const auto* address = reinterpret_cast<const void*>(&path_of_this_code);
  if (::dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  return info.dli_fname;
}

}  // namespace

std::filesystem::path default_model_path() {
  std::error_code error;
  for (const auto& binary : {std::filesystem::read_symlink("/proc/self/exe", error),
                             std::filesystem::canonical(path_of_this_code(), error)}) {
    // bin/gpt2run, lib/libgpt2run.so, lib/x86_64-linux-gnu/libgpt2run.so
    auto folder = binary.parent_path();
    for (int i = 0; i < 2; ++i) {
      folder = folder.parent_path();
      const auto model = folder / "share" / "gpt2run" / "models" / "shakespeare";
      if (std::filesystem::is_directory(model, error)) return model;
    }
  }
  return {};
}

}  // namespace gpt2run
