#include "loader/shape_fit.h"

#include <algorithm>

#include "loader/describe.h"
#include "loader/families.h"

namespace gpt2run {
namespace {

using Shape = std::vector<int64_t>;

bool is_embedding(std::string_view weight) {
  return weight == "model/wte" || weight == "model/wpe" || weight == "model/lm_head";
}

// The number of rows may differ: of wte with its padding, of wpe with the context.
std::optional<Transform> fit_rows(const Shape& shape, const Shape& wanted) {
  if (shape.size() != 2 || wanted.size() != 2 || shape[1] != wanted[1] || shape[0] < 1) {
    return std::nullopt;
  }
  if (shape[0] < wanted[0])
    return Transform{.kind = Transform::kPad, .ranges = {}, .shape = wanted};
  return Transform{
      .kind = Transform::kSlice, .ranges = {{0, wanted[0]}, {0, wanted[1]}}, .shape = {}};
}

}  // namespace

std::optional<std::vector<Transform>> fit_shape(std::string_view weight, const Shape& stored,
                                                const Shape& wanted, bool is_transposed) {
  std::vector<Transform> steps;
  Shape shape = stored;
  const auto take = [&](Transform step) {
    shape = transformed_shape(step, shape);
    steps.push_back(std::move(step));
  };
  if (shape.size() > wanted.size()) take({.kind = Transform::kSqueeze});
  if (shape.size() != wanted.size()) return std::nullopt;
  const Shape flipped(shape.rbegin(), shape.rend());
  const bool may_flip = shape.size() == 2 && shape != flipped;
  if (is_layer_matrix(weight)) {
    if (is_transposed ? flipped == wanted : may_flip && shape != wanted && flipped == wanted) {
      take({.kind = Transform::kTranspose});
    }
  } else if (may_flip && is_embedding(weight) && shape[1] != wanted[1] && shape[0] == wanted[1]) {
    take({.kind = Transform::kTranspose});
  }
  if (shape == wanted) return steps;
  if (!is_embedding(weight)) return std::nullopt;
  if (auto rows = fit_rows(shape, wanted)) {
    take(*rows);
    return steps;
  }
  return std::nullopt;
}

std::string size_change_text(const std::vector<Transform>& transforms, Shape shape) {
  std::string text;
  for (const Transform& step : transforms) {
    const Shape next = transformed_shape(step, shape);
    if (step.kind == Transform::kSlice || step.kind == Transform::kPad) {
      text += (text.empty() ? "" : ", then ") +
              std::string(step.kind == Transform::kSlice ? "sliced" : "padded with zeros") +
              " from " + shape_text(shape) + " to " + shape_text(next);
    }
    shape = next;
  }
  return text;
}

}  // namespace gpt2run
