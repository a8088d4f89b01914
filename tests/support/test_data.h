#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/temporary_folder.h"

namespace gpt2run {

// A file or folder of tests/data.
std::filesystem::path test_data(const std::string& name);

// A file or folder of the larger test data (GPT2RUN_TEST_DATA), which may not be there.
std::filesystem::path large_test_data(const std::string& name);

// models/shakespeare of the source tree.
std::filesystem::path default_model();

// A program of this build: program("gpt2run").
std::filesystem::path program(const std::string& name);

// Where files are in memory and flushing them takes no time; else where temporary files are.
std::filesystem::path memory_folder();

// Whole files, for tests that damage them.
std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

}  // namespace gpt2run

// Skips the test, saying what it lacks, where the larger test data is absent.
#define GPT2RUN_NEEDS(path)                                                                       \
  if (!std::filesystem::exists(path)) {                                                           \
    GTEST_SKIP() << (path).string() << " is not here (set the CMake variable GPT2RUN_TEST_DATA)"; \
  }
