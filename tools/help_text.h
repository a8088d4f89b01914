#pragma once

#include <string>

namespace gpt2run {

// What stands in --help around the list of flags, for each command: the usage lines above it, the
// examples below it.
extern const char* const kGenerateUsage;
extern const char* const kTokenizeUsage;
extern const char* const kLogitsUsage;
extern const char* const kGenerateExamples;
extern const char* const kTokenizeExamples;
extern const char* const kLogitsExamples;

}  // namespace gpt2run
