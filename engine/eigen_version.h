#pragma once

#include <Eigen/Core>

#define GPT2RUN_STRING(text) #text
#define GPT2RUN_VALUE_STRING(macro) GPT2RUN_STRING(macro)

namespace gpt2run {

// For --version: "3.4.0".
inline const char* eigen_version() {
  return GPT2RUN_VALUE_STRING(EIGEN_WORLD_VERSION) "." GPT2RUN_VALUE_STRING(
      EIGEN_MAJOR_VERSION) "." GPT2RUN_VALUE_STRING(EIGEN_MINOR_VERSION);
}

}  // namespace gpt2run
