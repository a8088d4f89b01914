#include "loader/dtype.h"

namespace gpt2run {
namespace {

constexpr TensorFlowType kTypes[] = {
    {1, "float32", 4, DType::kFloat32},
    {2, "float64", 8, DType::kFloat64},
    {3, "int32", 4, DType::kInt32},
    {4, "uint8", 1, DType::kOther},
    {5, "int16", 2, DType::kOther},
    {6, "int8", 1, DType::kOther},
    {7, "string", 0, DType::kString},
    {8, "complex64", 8, DType::kOther},
    {9, "int64", 8, DType::kInt64},
    {10, "bool", 1, DType::kOther},
    {11, "qint8", 1, DType::kOther},
    {12, "quint8", 1, DType::kOther},
    {13, "qint32", 4, DType::kOther},
    {14, "bfloat16", 2, DType::kBFloat16},
    {15, "qint16", 2, DType::kOther},
    {16, "quint16", 2, DType::kOther},
    {17, "uint16", 2, DType::kOther},
    {18, "complex128", 16, DType::kOther},
    {19, "float16", 2, DType::kFloat16},
    {20, "resource", 0, DType::kOther},
    {21, "variant", 0, DType::kOther},
    {22, "uint32", 4, DType::kOther},
    {23, "uint64", 8, DType::kOther},
    {24, "float8_e5m2", 1, DType::kOther},
    {25, "float8_e4m3fn", 1, DType::kOther},
    {26, "float8_e4m3fnuz", 1, DType::kOther},
    {27, "float8_e4m3b11fnuz", 1, DType::kOther},
    {28, "float8_e5m2fnuz", 1, DType::kOther},
    {29, "int4", 1, DType::kOther},  // a byte each in a bundle
    {30, "uint4", 1, DType::kOther},
    {31, "int2", 1, DType::kOther},
    {32, "uint2", 1, DType::kOther},
};

}  // namespace

const TensorFlowType* find_tensorflow_type(uint64_t number) {
  for (const TensorFlowType& type : kTypes) {
    if (static_cast<uint64_t>(type.number) == number) return &type;
  }
  return nullptr;
}

const char* dtype_name(DType dtype) {
  if (dtype == DType::kQuantized) return "quantized";
  for (const TensorFlowType& type : kTypes) {
    if (type.dtype == dtype && dtype != DType::kOther) return type.name;
  }
  return "another type";
}

bool is_readable_float(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat16 || dtype == DType::kBFloat16 ||
         dtype == DType::kFloat64 || dtype == DType::kQuantized;
}

}  // namespace gpt2run
