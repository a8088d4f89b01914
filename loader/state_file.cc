#include "loader/state_file.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/file.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/file_kind.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxBytes = size_t{4} << 20;  // it may list thousands of earlier bundles
constexpr size_t kMaxPathBytes = 4096;

// "name: value" pairs; a value is a quoted string or a bare word.
class StateParser {
 public:
  StateParser(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  std::string model_checkpoint_path() {
    std::optional<std::string> found;
    for (skip_space(); at_ < text_.size(); skip_space()) {
      const std::string_view name = take_word();
      skip_space();
      if (name.empty() || peek() != ':') fail("expected NAME: VALUE");
      ++at_;
      skip_space();
      const bool is_quoted = peek() == '"' || peek() == '\'';
      const std::string value = is_quoted ? take_string() : std::string(take_word());
      if (name != "model_checkpoint_path") {
        if (value.empty() && !is_quoted) fail("expected a value");
        continue;
      }
      if (!is_quoted) fail("expected model_checkpoint_path: \"...\" with quotes");
      check_value(value);
      found = value;
    }
    if (!found) fail("expected a line model_checkpoint_path: \"...\", found none");
    return *found;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<long>(at_), '\n');
    throw CheckpointError(ErrorKind::kCorrupt, path_, "line " + std::to_string(line),
                          what + "; mend the file, or give the checkpoint's prefix instead");
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // Comments too: from # to the end of the line.
  void skip_space() {
    constexpr std::string_view kSpace = " \t\r\n";
    while (at_ < text_.size() && (kSpace.find(text_[at_]) != kSpace.npos || text_[at_] == '#')) {
      at_ = text_[at_] == '#' ? std::min(text_.find('\n', at_), text_.size()) : at_ + 1;
    }
  }

  std::string_view take_word() {
    const size_t begin = at_;
    at_ = std::min(text_.find_first_of(" \t\r\n:\"'#", at_), text_.size());
    return text_.substr(begin, at_ - begin);
  }

  std::string take_string() {
    const char quote = text_[at_++];
    std::string value;
    while (peek() != quote) {
      if (at_ == text_.size() || peek() == '\n') fail("expected a closing quote");
      value += peek() == '\\' ? take_escape() : text_[at_++];
    }
    ++at_;
    return value;
  }

  char take_escape() {
    ++at_;
    const char letter = peek();
    if (letter >= '0' && letter <= '7') {
      int code = 0;
      for (int n = 0; n < 3 && peek() >= '0' && peek() <= '7'; ++n, ++at_) {
        code = code * 8 + (peek() - '0');
      }
      return static_cast<char>(code);
    }
    constexpr std::string_view kLetters = "nrt\\\"'", kMeanings = "\n\r\t\\\"'";
    const size_t which = kLetters.find(letter);
    if (at_ == text_.size() || which == std::string_view::npos) fail("expected a known \\ escape");
    ++at_;
    return kMeanings[which];
  }

  void check_value(const std::string& value) const {
    if (value.empty()) fail("expected a path, found an empty one");
    if (value.size() > kMaxPathBytes) {
      fail("expected a path of at most " + std::to_string(kMaxPathBytes) + " bytes, found " +
           std::to_string(value.size()));
    }
    const bool any_control = std::any_of(value.begin(), value.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (any_control) {
      fail("expected a path without control characters, found \"" + printable(value) + "\"");
    }
  }

  const std::string& path_;
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string read_state_file(const std::filesystem::path& path) {
  refuse_foreign_file(InputFile(path));
  const std::string text = read_file(path, kMaxBytes, ErrorKind::kCorrupt);
  const std::string name = path.string();
  return StateParser(name, text).model_checkpoint_path();
}

}  // namespace gpt2run
