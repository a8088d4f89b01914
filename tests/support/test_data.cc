#include "support/test_data.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace gpt2run {

std::filesystem::path test_data(const std::string& name) {
  return std::filesystem::path(GPT2RUN_SOURCE_DIR) / "tests" / "data" / name;
}

std::filesystem::path large_test_data(const std::string& name) {
  return std::filesystem::path(GPT2RUN_TEST_DATA_DIR) / name;
}

std::filesystem::path default_model() {
  return std::filesystem::path(GPT2RUN_SOURCE_DIR) / "models" / "shakespeare";
}

std::filesystem::path program(const std::string& name) {
  return std::filesystem::path(GPT2RUN_PROGRAM_DIR) / name;
}

std::filesystem::path memory_folder() {
  const std::filesystem::path shared = "/dev/shm";
  return ::access(shared.c_str(), W_OK | X_OK) == 0 ? shared
                                                    : std::filesystem::temp_directory_path();
}

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.flush();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace gpt2run
