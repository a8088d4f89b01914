#include "loader/load_notices.h"

#include <algorithm>

#include "base/printable.h"
#include "loader/shape_fit.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxNames = 1000;

std::string list_line(const std::vector<std::string>& names, const char* one, const char* several) {
  std::string text = std::to_string(names.size()) + (names.size() == 1 ? one : several);
  for (size_t i = 0; i < std::min(names.size(), kMaxNames); ++i) text += " " + printable(names[i]);
  if (names.size() > kMaxNames) {
    text += " and " + std::to_string(names.size() - kMaxNames) + " more";
  }
  return text;
}

}  // namespace

std::vector<std::string> load_notices(const MappedSource& source, const NameMatch& match) {
  std::vector<std::string> notices, skipped;
  if (!match.left_at_zero.empty()) {
    notices.push_back(list_line(
        match.left_at_zero, " weight is not here and zero:", " weights are not here and zero:"));
  }
  const auto& tensors = source.source().tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const MappedTensor& mapped = source.map().tensors[i];
    if (mapped.role == TensorRole::kSkipped) skipped.push_back(tensors[i].name);
    if (mapped.role != TensorRole::kWeight || !mapped.is_by_user) continue;
    const std::string change = size_change_text(mapped.transforms, tensors[i].shape);
    if (!change.empty()) notices.push_back(printable(tensors[i].name) + ": " + change);
  }
  if (!skipped.empty()) {
    notices.push_back(
        list_line(skipped, " tensor is left out by --skip:", " tensors are left out by --skip:"));
  }
  return notices;
}

}  // namespace gpt2run
