// What a model takes in memory, of the program itself.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/gpt2ckpt_program.h"
#include "support/gpt2run_program.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

constexpr double kHugePage = 2 << 20;
constexpr const char* kVocabulary = "1025";  // tokens of the default model

// A random model with the default model's vocabulary.
std::filesystem::path random_model(const TemporaryFolder& folder, const std::string& name,
                                   const std::string& shape, const std::string& dtype) {
  const std::filesystem::path path = folder.path() / name;
  gpt2ckpt_json({"random", path, "--shape", shape + "," + kVocabulary, "--vocab", default_model(),
                 "--dtype", dtype});
  return path;
}

struct Memory {
  double peak, weights;  // bytes
};

Memory memory_of(const std::filesystem::path& model, const std::string& dtype) {
  const ProgramResult result =
      run_gpt2run({"--model", model, "--dtype", dtype, "--threads", "2", "--prompt", "ROMEO:", "-n",
                   "20", "--ignore-eot", "--stats", "--quiet", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const double peak = std::atof(result.err.c_str() + result.err.find("peak memory:") + 12) * 1e6;
  return {peak, nlohmann::json::parse(result.out)["weights"]["bytes"].get<double>()};
}

// Beyond what the program takes for next to no weights: no tensor is in memory as it is stored.
TEST(Gpt2runMemory, IsLittleMoreThanThePackedWeightsForEveryType) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers take memory of their own";
#endif
  const TemporaryFolder folder;
  const double program =
      memory_of(random_model(folder, "tiny.gguf", "1,1,64,64", "f32"), "f32").peak;
  const auto expect_little = [&](const std::filesystem::path& model, const std::string& dtype) {
    const Memory memory = memory_of(model, dtype);
    EXPECT_LE(memory.peak - program, 1.15 * memory.weights + kHugePage) << model << " " << dtype;
    EXPECT_GE(memory.peak, memory.weights);
  };
  const auto f32 = random_model(folder, "f32.gguf", "4,8,512,64", "f32");
  for (const char* dtype : {"f32", "bf16", "int8", "int4"}) expect_little(f32, dtype);
  const auto bf16 = random_model(folder, "bf16.gguf", "4,8,512,64", "bf16");
  for (const char* dtype : {"bf16", "int8"}) expect_little(bf16, dtype);
}

}  // namespace
}  // namespace gpt2run
