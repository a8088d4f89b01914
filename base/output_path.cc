#include "base/output_path.h"

#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include "base/error.h"

namespace gpt2run {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int kMaxLinks = 40;  // as the kernel's
  std::error_code ignored;
  for (int i = 0; i < kMaxLinks && std::filesystem::is_symlink(path, ignored); ++i) {
    path = folder_of(path) / std::filesystem::read_symlink(path, ignored);
  }
  return path;
}

std::filesystem::path temporary_name_in(const std::filesystem::path& folder) {
  std::random_device random;
  char suffix[16];
  std::snprintf(suffix, sizeof(suffix), "%06x", static_cast<unsigned>(random()) & 0xFFFFFF);
  return folder / (std::string(".gpt2run-") + suffix);
}

void throw_output_error(const std::filesystem::path& path, const char* what, int error) {
  throw InputError(ErrorKind::kRuntime, path.string() + ": " + what + ": " + std::strerror(error));
}

}  // namespace gpt2run
