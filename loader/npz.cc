#include "loader/npz.h"

#include <algorithm>
#include <cassert>
#include <set>
#include <string_view>

#include "base/npy.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/strides.h"
#include "loader/tensor_checks.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

constexpr std::string_view kSuffix = ".npy";

bool leads_elsewhere(std::string_view name) {
  if (name.starts_with('/') || name.find('\\') != std::string_view::npos) return true;
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('/', at), name.size());
    if (name.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

// The bytes of one item where the descr gives them ("<f4": 4); 0 where it does not ("|O", "<U7").
uint64_t bytes_per_item(std::string_view descr) {
  constexpr std::string_view kKinds = "biufc";
  if (descr.size() < 3 || descr.size() > 4 || kKinds.find(descr[1]) == std::string_view::npos) {
    return 0;
  }
  uint64_t n = 0;
  for (const char c : descr.substr(2)) {
    if (c < '0' || c > '9') return 0;
    n = n * 10 + static_cast<uint64_t>(c - '0');
  }
  return n;
}

void set_type(const NpyHeader& header, TensorInfo& info) {
  const std::string& descr = header.dtype;
  info.dtype = descr == "<f4"   ? DType::kFloat32
               : descr == "<f2" ? DType::kFloat16
               : descr == "<f8" ? DType::kFloat64
               : descr == "<i4" ? DType::kInt32
               : descr == "<i8" ? DType::kInt64
                                : DType::kOther;
  if (info.dtype != DType::kOther) {
    info.dtype_text = dtype_name(info.dtype);
  } else if (descr.starts_with('>')) {
    info.dtype_text = printable(descr) + " (big-endian)";
  } else if (descr == "|O") {
    info.dtype_text = "a pickled object array (never unpickled)";
  } else if (descr.empty()) {
    info.dtype_text = "an array of records";
  } else {
    info.dtype_text = descr == "<c8"    ? "complex64"
                      : descr == "<c16" ? "complex128"
                                        : "NumPy's " + printable(descr);
  }
}

}  // namespace

Npz::Npz(const std::filesystem::path& path) : archive_(path) {
  std::set<std::string> names;
  for (size_t i = 0; i < archive_.members().size(); ++i) {
    const std::string& name = archive_.members()[i].name;
    if (!name.ends_with(kSuffix) || leads_elsewhere(name)) continue;
    add(i);
    if (!names.insert(name).second) {
      throw CheckpointError(ErrorKind::kCorrupt, archive_.path(), member_text(name),
                            "stands twice in the archive; keep one");
    }
  }
}

void Npz::add(size_t member) {
  const ZipMember& entry = archive_.members()[member];
  const auto refuse = [&](const std::string& what) {
    throw CheckpointError(ErrorKind::kCorrupt, path(), member_text(entry.name), what);
  };
  const auto stream = archive_.open(member);
  const NpyHeader header =
      read_npy_header([&](char* buffer, size_t n) { stream->read(buffer, n); },
                      path() + ": " + member_text(entry.name), ErrorKind::kCorrupt);
  TensorInfo info;
  info.name = entry.name.substr(0, entry.name.size() - kSuffix.size());
  check_tensor_name(path(), info.name);
  set_type(header, info);
  info.shape = header.shape;
  info.n_bytes = entry.n_bytes - header.n_bytes;
  const auto n_items = checked_product(info.shape);
  if (!n_items) {
    refuse("expected a shape whose product is below 2^63, found " + shape_text(info.shape));
  }
  const uint64_t size = bytes_per_item(header.dtype);
  uint64_t n_bytes = 0;
  if (size != 0 && (__builtin_mul_overflow(*n_items, size, &n_bytes) || n_bytes != info.n_bytes)) {
    refuse("expected the items of " + printable(header.dtype) + " " + shape_text(info.shape) +
           " after its header, found " + std::to_string(info.n_bytes) +
           " bytes; the file is damaged");
  }
  places_.push_back({member, header.n_bytes, header.is_fortran && info.shape.size() > 1});
  tensors_.push_back(std::move(info));
}

void Npz::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  const TensorInfo& info = tensors_[index];
  assert(is_readable_float(info.dtype));
  const Place& place = places_[index];
  const uint64_t n = info.n_items();
  if (!place.is_fortran) {
    archive_.read_items(place.member, place.offset, info.dtype, n, out, on_read);
    return;
  }
  std::vector<float> stored(n);
  archive_.read_items(place.member, place.offset, info.dtype, n, stored.data(), {});
  gather(stored.data(), info.shape, fortran_strides(info.shape), out, on_read);
}

void Npz::stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const {
  const Place& place = places_[index];
  if (place.is_fortran) return TensorSource::stream_float32(index, n_piece, on_piece);
  archive_.read_items(place.member, place.offset, tensors_[index].dtype, tensors_[index].n_items(),
                      ItemsOut::pieces(n_piece), on_piece);
}

std::optional<TensorPlace> Npz::place(size_t index) const {
  const Place& place = places_[index];
  const auto member = place.is_fortran ? std::nullopt : archive_.offset(place.member);
  if (!member) return std::nullopt;
  return TensorPlace{path(), *member + place.offset};
}

void Npz::check(size_t index) const {
  archive_.check(places_[index].member);
}

bool is_npz(const InputFile& file) {
  const auto name = first_zip_member(file);
  return name && name->ends_with(kSuffix);
}

}  // namespace gpt2run
