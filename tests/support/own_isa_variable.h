#pragma once

#include <stdlib.h>

#include <optional>
#include <string>

namespace gpt2run {

// GPT2RUN_ISA in this process, put back at the end.
class OwnIsaVariable {
 public:
  OwnIsaVariable() {
    if (const char* value = ::getenv(kName)) before_ = value;
  }
  ~OwnIsaVariable() {
    if (before_) {
      ::setenv(kName, before_->c_str(), 1);
    } else {
      ::unsetenv(kName);
    }
  }
  OwnIsaVariable(const OwnIsaVariable&) = delete;
  OwnIsaVariable& operator=(const OwnIsaVariable&) = delete;

  static constexpr const char* kName = "GPT2RUN_ISA";

 private:
  std::optional<std::string> before_;
};

}  // namespace gpt2run
