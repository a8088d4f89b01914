#include "support/folder_here.h"

#include <stdlib.h>

#include <stdexcept>
#include <system_error>

namespace gpt2run {

FolderHere::FolderHere(const std::string& name) {
  std::string path = std::filesystem::absolute(name + "-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
  path_ = path;
}

FolderHere::~FolderHere() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gpt2run
