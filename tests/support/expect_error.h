#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "base/error.h"

namespace gpt2run {

inline const char* kind_name(ErrorKind kind) {
  constexpr const char* kNames[] = {"kRuntime",     "kNotFound",  "kCorrupt",  "kMismatch",
                                    "kUnsupported", "kAmbiguous", "kTokenizer"};
  return kNames[static_cast<int>(kind)];
}

// Expects that call throws an InputError of that kind whose message holds all these texts.
// Returns the message.
template <class Call>
std::string expect_error(ErrorKind kind, const std::vector<std::string>& texts, Call call) {
  try {
    call();
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_STREQ(kind_name(error.kind()), kind_name(kind)) << message;
    for (const std::string& text : texts) {
      EXPECT_NE(message.find(text), std::string::npos) << "no \"" << text << "\" in: " << message;
    }
    return message;
  }
  ADD_FAILURE() << "no error, expected " << kind_name(kind);
  return "";
}

}  // namespace gpt2run
