#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// A table for people: columns two spaces apart, as wide as their widest cell.
class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column. What came from a file must be printable() (base/printable.h).
  void add(std::vector<std::string> cells);

  // The titles and the rows, a line each, without blanks at their ends. A column that is empty in
  // every row is left out.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// How many columns of a terminal a text takes: its characters, all taken to be of one width.
size_t width_of(std::string_view text);

// 497759232 -> "497,759,232"
std::string with_separators(uint64_t number);

// "1 tensor", "28 tensors"
std::string counted(uint64_t number, const std::string& noun);

}  // namespace gpt2run
