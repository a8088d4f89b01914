#include "tokenizer/vocabulary.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "base/file.h"
#include "tokenizer/encoder_json.h"
#include "tokenizer/tokenizer_error.h"

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

// The whole file without its byte order mark.
std::string read_text(const std::filesystem::path& path, const char* expected) {
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

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::pair<std::string, std::string> parse_merge(std::string_view line, const std::string& path,
                                                size_t n_line) {
  const size_t space = line.find(' ');
  const bool is_pair = space != std::string_view::npos && space > 0 && space + 1 < line.size() &&
                       line.find(' ', space + 1) == std::string_view::npos;
  if (!is_pair) {
    throw_damaged(path + ": line " + std::to_string(n_line),
                  "expected two parts with one space between them, found " +
                      (line.empty() ? "an empty line" : in_quotes(line)) + "; get the file again");
  }
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

void parse_merges(std::string_view text, Vocabulary& vocabulary) {
  const std::string& path = vocabulary.merges_name;
  // Empty lines at the end say nothing; the last merge counts with or without a newline.
  text = text.substr(0, text.find_last_not_of("\r\n") + 1);
  vocabulary.first_merge_line = 1;
  if (text.starts_with("#version")) {
    take_line(text);
    vocabulary.first_merge_line = 2;
  }
  vocabulary.merges.reserve(
      std::min<size_t>(std::count(text.begin(), text.end(), '\n') + 1, kMaxVocabularyTokens));
  for (size_t n_line = vocabulary.first_merge_line; !text.empty(); ++n_line) {
    if (vocabulary.merges.size() == kMaxVocabularyTokens) {
      throw_damaged(path, "expected at most " + std::to_string(kMaxVocabularyTokens) +
                              " merges, found more; get the file again");
    }
    vocabulary.merges.push_back(parse_merge(take_line(text), path, n_line));
  }
}

// A file that the system will not tell of counts as there: reading it says what is wrong.
bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) || error;
}

}  // namespace

Vocabulary read_vocabulary(const std::filesystem::path& folder) {
  const std::filesystem::path tokens_path = folder / "encoder.json";
  const std::filesystem::path merges_path = folder / "vocab.bpe";
  const bool has_tokens = is_there(tokens_path);
  const bool has_merges = is_there(merges_path);
  if (!has_tokens || !has_merges) {
    const char* found = has_tokens   ? "encoder.json but no vocab.bpe"
                        : has_merges ? "vocab.bpe but no encoder.json"
                                     : "neither";
    throw TokenizerError(ErrorKind::kNotFound, folder.string() +
                                                   ": expected encoder.json and vocab.bpe, found " +
                                                   found + "; put both files of the model there");
  }
  return read_vocabulary(tokens_path, merges_path);
}

Vocabulary read_vocabulary(const std::filesystem::path& tokens_path,
                           const std::filesystem::path& merges_path) {
  Vocabulary vocabulary;
  vocabulary.tokens_name = tokens_path.string();
  vocabulary.merges_name = merges_path.string();
  vocabulary.tokens = parse_encoder_json(read_text(tokens_path, "a JSON object of tokens and ids"),
                                         vocabulary.tokens_name);
  parse_merges(read_text(merges_path, "a list of merges"), vocabulary);
  return vocabulary;
}

}  // namespace gpt2run
