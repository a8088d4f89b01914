#include "tokenizer/vocabulary_file.h"

#include <algorithm>
#include <string_view>

#include "base/file.h"
#include "tokenizer/tokenizer_error.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(),
                                                   [&](char b, char a) { return same(a, b); });
}

// Names what a download that went wrong leaves behind.
void refuse_other_files(std::string_view text, const std::string& path, const char* expected) {
  const auto refuse = [&](const char* found, const char* advice) {
    throw_damaged(path, std::string("expected ") + expected + ", found " + found + "; " + advice);
  };
  if (text.empty()) refuse("an empty file", "get it again");
  if (text.starts_with("version https://git-lfs.github.com/")) {
    refuse("a Git LFS pointer", "fetch the file itself with \"git lfs pull\"");
  }
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  for (const char* start : {"<!doctype", "<html", "<head", "<?xml"}) {
    if (starts_with_ignoring_case(text, start)) {
      refuse("an HTML or XML page", "get the file itself from where the model came from");
    }
  }
}

}  // namespace

std::string read_vocabulary_file(const std::filesystem::path& path, const char* expected) {
  std::string text;
  try {
    text = read_file(path, kMaxVocabularyBytes, ErrorKind::kTokenizer);
  } catch (const InputError& error) {
    const bool shrank = error.kind() == ErrorKind::kCorrupt;
    throw TokenizerError(shrank ? ErrorKind::kTokenizer : error.kind(), error.what());
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  refuse_other_files(text, path.string(), expected);
  return text;
}

}  // namespace gpt2run
