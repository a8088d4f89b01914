#include "tools/diff_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/printable.h"
#include "loader/describe.h"
#include "tools/inspection.h"
#include "tools/text_table.h"

namespace gpt2run {
namespace {

std::string number_text(double number, const char* format) {
  char text[64];
  std::snprintf(text, sizeof(text), format, number);
  return text;
}

// What is the case, for people and programs alike.
std::string status_text(const TensorDiff& tensor, double tolerance) {
  switch (tensor.status) {
    case TensorDiff::kOnlyInA:
      return "only in A";
    case TensorDiff::kOnlyInB:
      return "only in B";
    case TensorDiff::kShapes:
      return "shapes differ";
    case TensorDiff::kTypes:
      return "not comparable";
    case TensorDiff::kCompared:
      break;
  }
  if (tensor.numbers.n_different == 0) return "bit-equal";
  return tensor.is_equal(tolerance) ? "within tolerance" : "differs";
}

// JSON has no infinity.
Json finite_json(double number) {
  return std::isfinite(number) ? Json(number) : Json();
}

Json side_json(const std::optional<DiffSide>& side) {
  if (!side) return Json();
  return {{"name", side->name}, {"dtype", side->dtype}, {"shape", side->shape}};
}

void put_numbers(const NumberDiff& numbers, Json& json) {
  const auto cosine = numbers.cosine();
  json["values"] = numbers.n_values;
  json["different_values"] = numbers.n_different;
  json["max_abs_difference"] = finite_json(numbers.max_abs);
  json["mean_abs_difference"] = finite_json(numbers.mean_abs());
  json["cosine"] = cosine ? Json(*cosine) : Json();
}

Json checkpoint_json(const Checkpoint& checkpoint, const std::vector<DiffSide>& extra) {
  Json json;
  const auto family = family_of(checkpoint);
  json["path"] = checkpoint.source->path();
  json["format"] = format_of(checkpoint);
  json["family"] = family ? Json(*family) : Json();
  json["extra"] = Json::array();
  for (const DiffSide& side : extra) {
    json["extra"].push_back({{"name", side.name}, {"role", role_name(side.role)}});
  }
  return json;
}

}  // namespace

Json to_json(const CheckpointDiff& diff, const Checkpoint& a, const Checkpoint& b,
             double tolerance) {
  Json json;
  json["equal"] = diff.is_equal(tolerance);
  json["tolerance"] = tolerance;
  json["a"] = checkpoint_json(a, diff.extra_a);
  json["b"] = checkpoint_json(b, diff.extra_b);
  json["tensors"] = Json::array();
  for (const TensorDiff& tensor : diff.tensors) {
    Json object;
    object["weight"] = tensor.weight;
    object["status"] = status_text(tensor, tolerance);
    object["equal"] = tensor.is_equal(tolerance);
    object["a"] = side_json(tensor.a);
    object["b"] = side_json(tensor.b);
    if (tensor.status == TensorDiff::kCompared) put_numbers(tensor.numbers, object);
    json["tensors"].push_back(object);
  }
  put_numbers(diff.all, json["all"]);
  return json;
}

namespace {

std::string cosine_text(const NumberDiff& numbers) {
  const auto cosine = numbers.cosine();
  return cosine ? number_text(*cosine, "%.9f") : "-";
}

// "float32", or, where they differ, "float32, float16".
std::string both(const std::string& a, const std::string& b) {
  return a == b ? printable(a) : printable(a) + ", " + printable(b);
}

void add_row(const TensorDiff& tensor, double tolerance, TextTable& table) {
  const DiffSide& a = tensor.a ? *tensor.a : *tensor.b;
  const DiffSide& b = tensor.b ? *tensor.b : *tensor.a;
  std::vector<std::string> row = {printable(tensor.weight), both(a.dtype, b.dtype),
                                  both(shape_text(a.shape), shape_text(b.shape)),
                                  status_text(tensor, tolerance)};
  const NumberDiff& numbers = tensor.numbers;
  if (tensor.status == TensorDiff::kCompared && numbers.n_different > 0) {
    row.insert(row.end(),
               {with_separators(numbers.n_different), number_text(numbers.max_abs, "%.3g"),
                number_text(numbers.mean_abs(), "%.3g"), cosine_text(numbers)});
  }
  row.resize(8);
  table.add(std::move(row));
}

std::string extras_text(const char* which, const std::vector<DiffSide>& extras) {
  std::string text;
  for (const DiffSide& side : extras) {
    text += std::string("not compared, ") + which + ": " + printable(side.name) + " (" +
            role_name(side.role) + ")\n";
  }
  return text;
}

std::string summary_text(const CheckpointDiff& diff, double tolerance) {
  const auto n_equal = static_cast<uint64_t>(
      std::count_if(diff.tensors.begin(), diff.tensors.end(),
                    [&](const TensorDiff& tensor) { return tensor.is_equal(tolerance); }));
  const std::string what =
      counted(diff.tensors.size(), "tensor") + ", " + counted(diff.all.n_values, "number");
  std::string numbers = "max difference " + number_text(diff.all.max_abs, "%.3g") + ", mean " +
                        number_text(diff.all.mean_abs(), "%.3g") + ", cosine " +
                        cosine_text(diff.all);
  if (diff.all.n_values == 0) numbers = "none could be compared";
  const uint64_t n_differing = diff.tensors.size() - n_equal;
  if (n_differing > 0) {
    return "differ: " + with_separators(n_differing) + " of " + what + "; " + numbers + "\n";
  }
  if (diff.all.n_different == 0) return "equal: " + what + ", bit by bit\n";
  return "equal within " + number_text(tolerance, "%g") + ": " + what + "; " + numbers + "\n";
}

}  // namespace

std::string to_text(const CheckpointDiff& diff, double tolerance) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{"weight"},
                   {"dtype"},
                   {"shape"},
                   {"result"},
                   {"different", kRight},
                   {"max", kRight},
                   {"mean", kRight},
                   {"cosine", kRight}});
  for (const TensorDiff& tensor : diff.tensors) add_row(tensor, tolerance, table);
  return table.text() + extras_text("in A", diff.extra_a) + extras_text("in B", diff.extra_b) +
         summary_text(diff, tolerance);
}

}  // namespace gpt2run
