#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/run_program.h"
#include "support/test_data.h"

namespace gpt2run {

// Runs gpt2ckpt of this build with these arguments.
inline ProgramResult run_gpt2ckpt(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {program("gpt2ckpt")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command);
}

// The same; expects that exit code and one JSON object, a line, on stdout.
inline nlohmann::json gpt2ckpt_json(std::vector<std::string> arguments, int exit_code = 0) {
  arguments.insert(arguments.begin() + 1, "--json");
  const ProgramResult result = run_gpt2ckpt(arguments);
  EXPECT_EQ(result.exit_code, exit_code) << result.err << result.out;
  EXPECT_EQ(result.out.find('\n') + 1, result.out.size());
  return nlohmann::json::parse(result.out);
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace gpt2run
