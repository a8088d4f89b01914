#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "loader/dtype.h"
#include "loader/proto.h"
#include "loader/slices.h"

namespace gpt2run {

// Reads the messages that TensorFlow's checkpoints are made of, and says where one is wrong.
// Errors of all: CheckpointError kCorrupt.
class ProtoReader {
 public:
  //   path   the file
  //   where  the entry in it: "entry \"model/wte\""
  ProtoReader(std::string path, std::string where)
      : path_(std::move(path)), where_(std::move(where)) {}

  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const;

  std::vector<ProtoField> fields(std::string_view bytes, const char* what) const;
  std::string_view message(const ProtoField& field, const char* what) const;

  // A number in [0, limit], and at most max where that is less: beyond limit it stands for a
  // negative one.
  uint64_t number(const ProtoField& field, const char* what, uint64_t limit,
                  int64_t max = std::numeric_limits<int64_t>::max()) const;

  // Source: tensorflow core/framework/types.proto, tensor_shape.proto, tensor_slice.proto.
  const TensorFlowType* type(const ProtoField& field) const;
  std::vector<int64_t> shape(std::string_view bytes) const;
  SliceExtents slice(std::string_view bytes) const;

  // The bytes that a shape of such items takes; 0 for items of no fixed size.
  uint64_t size_of(const TensorFlowType& type, const std::vector<int64_t>& shape) const;

 private:
  std::string path_;
  std::string where_;
};

}  // namespace gpt2run
