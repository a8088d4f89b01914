#pragma once

#include <filesystem>
#include <string>

namespace gpt2run {

// A folder of its own in the current one: where temporary files are may be memory.
// Owns: the folder and all that is in it, until it goes.
// Errors: std::runtime_error if it cannot be made.
class FolderHere {
 public:
  explicit FolderHere(const std::string& name);  // and six letters behind it
  ~FolderHere();
  FolderHere(const FolderHere&) = delete;
  FolderHere& operator=(const FolderHere&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gpt2run
