#include "loader/write_npz.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "base/npy.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/tensor_checks.h"
#include "loader/write_values.h"
#include "loader/zip_writer.h"

namespace gpt2run {
namespace {

std::string header_of(const TensorToWrite& tensor) {
  return npy_header(tensor.dtype == DType::kFloat16 ? "<f2" : "<f4", tensor.shape);
}

// An array as its bytes stand in a file: the header, then the items, rounded a piece at a time.
class ArrayBytes {
 public:
  ArrayBytes(const TensorToWrite& tensor, std::vector<float> values)
      : dtype_(tensor.dtype), values_(std::move(values)), piece_(header_of(tensor)) {}

  void take(char* buffer, size_t n) {
    while (n > 0) {
      if (at_ == piece_.size()) next_piece();
      const size_t n_copy = std::min(n, piece_.size() - at_);
      std::memcpy(buffer, piece_.data() + at_, n_copy);
      buffer += n_copy;
      at_ += n_copy;
      n -= n_copy;
    }
  }

 private:
  void next_piece() {
    constexpr size_t kPiece = size_t{16} << 10;  // items
    const size_t n = std::min(kPiece, values_.size() - n_done_);
    piece_.resize(n * item_size(dtype_));
    from_float32(dtype_, values_.data() + n_done_, n, piece_.data());
    n_done_ += n;
    at_ = 0;
  }

  DType dtype_;
  std::vector<float> values_;
  size_t n_done_ = 0;  // items that were in pieces
  std::string piece_;
  size_t at_ = 0;  // in piece_
};

}  // namespace

void write_npz(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
               const ReadTensor& read) {
  std::vector<MemberToWrite> members;
  for (const TensorToWrite& tensor : tensors) {
    if (tensor.dtype != DType::kFloat32 && tensor.dtype != DType::kFloat16) {
      throw CheckpointError(ErrorKind::kUnsupported, path.string(), tensor_text(tensor.name),
                            std::string("expected float32 or float16, found ") +
                                dtype_name(tensor.dtype) +
                                ", which NumPy does not have; write it as float32 or float16");
    }
    members.push_back({tensor.name + ".npy",
                       header_of(tensor).size() + tensor.n_items() * item_size(tensor.dtype)});
  }
  write_zip(path, members, [&](size_t index) -> ReadMember {
    std::vector<float> values(tensors[index].n_items());
    read(index, values.data());
    require_in_range(path, tensors[index], values.data());
    const auto array = std::make_shared<ArrayBytes>(tensors[index], std::move(values));
    return [array](char* buffer, size_t n) { array->take(buffer, n); };
  });
}

}  // namespace gpt2run
