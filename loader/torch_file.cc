#include "loader/torch_file.h"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/dtype.h"
#include "loader/strides.h"
#include "loader/tensor_checks.h"
#include "loader/torch_legacy.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxPickleBytes = size_t{16} << 20;  // 1558M's have about 100,000
constexpr std::string_view kPickleName = "data.pkl";

[[noreturn]] void fail(const std::string& path, const std::string& where, const std::string& what,
                       ErrorKind kind = ErrorKind::kCorrupt) {
  throw CheckpointError(kind, path, where, what);
}

// The index of FOLDER/data.pkl: torch.save puts everything into one folder, of any name.
size_t find_pickle(const ZipArchive& archive) {
  const auto& members = archive.members();
  for (size_t i = 0; i < members.size(); ++i) {
    const std::string& name = members[i].name;
    const size_t slash = name.find('/');
    if (name.substr(slash == std::string::npos ? 0 : slash + 1) == kPickleName) return i;
  }
  fail(archive.path(), "", "is a zip file without a data.pkl, expected what torch.save writes",
       ErrorKind::kUnsupported);
}

// A small text member; empty if it is not there.
std::string read_text(const ZipArchive& archive, const std::string& name) {
  constexpr size_t kMaxText = 64;
  const auto member = archive.find(name);
  return member ? archive.read(*member, kMaxText) : "";
}

void check_zip_form(const ZipArchive& archive, const std::string& folder) {
  if (archive.find(folder + "constants.pkl")) {
    fail(archive.path(), "", "is a TorchScript program, which is not read; save its state_dict()",
         ErrorKind::kUnsupported);
  }
  const std::string order = read_text(archive, folder + "byteorder");
  if (!order.empty() && order != "little") {
    fail(archive.path(), "byteorder", "expected little, found \"" + printable(order) + "\"",
         ErrorKind::kUnsupported);
  }
  const std::string version = read_text(archive, folder + "version");
  const size_t n_digits = std::min(version.find_first_not_of("0123456789"), version.size());
  if (!version.empty() && (n_digits == 0 || n_digits > 2 || std::stoi(version) > 10)) {
    fail(archive.path(), "version", "expected at most 10, found \"" + printable(version) + "\"",
         ErrorKind::kUnsupported);
  }
}

}  // namespace

TorchFile::TorchFile(const std::filesystem::path& path) : path_(path.string()), file_(path) {
  refuse_failed_download(file_);
  if (first_zip_member(file_)) {
    archive_.emplace(path);
    open_zip();
  } else {
    open_legacy();
  }
  list_tensors();
}

void TorchFile::open_zip() {
  const size_t pickle_member = find_pickle(*archive_);
  std::string folder = archive_->members()[pickle_member].name;
  folder.resize(folder.size() - kPickleName.size());
  check_zip_form(*archive_, folder);
  const std::string where(kPickleName);
  const std::string bytes = archive_->read(pickle_member, kMaxPickleBytes);
  tree_ = parse_torch_tree(parse_pickle(bytes, path_, where, is_torch_global), path_, where);
  std::map<std::string, size_t> members;
  for (size_t i = 0; i < archive_->members().size(); ++i) {
    members.emplace(archive_->members()[i].name, i);
  }
  for (const NamedTorchTensor& tensor : tree_.tensors) {
    const TorchStorage& storage = tensor.tensor.storage;
    const std::string name = folder + "data/" + storage.key;
    const auto member = members.find(name);
    if (member == members.end()) {
      fail(path_, tensor_text(tensor.name),
           "expected its data in " + member_text(name) +
               ", which is not there; the file is damaged");
    }
    const uint64_t n_bytes = archive_->members()[member->second].n_bytes;
    if (n_bytes != storage.n_bytes()) {
      fail(path_, tensor_text(tensor.name),
           "expected " + std::to_string(storage.n_bytes()) + " bytes in " + member_text(name) +
               ", found " + std::to_string(n_bytes) + "; the file is damaged");
    }
    places_[storage.key] = member->second;
  }
}

void TorchFile::open_legacy() {
  std::string start(std::min<uint64_t>(file_.size(), kMaxPickleBytes), '\0');
  file_.read_at(0, start.data(), start.size());
  LegacyTorch legacy = parse_legacy_torch(file_, start);
  tree_ = std::move(legacy.tree);
  places_ = std::move(legacy.offsets);
}

void TorchFile::list_tensors() {
  for (const NamedTorchTensor& named : tree_.tensors) {
    const TorchType& type = *named.tensor.storage.type;
    TensorInfo info{named.name, type.dtype, type.text, named.tensor.shape, 0};
    info.n_bytes = info.n_items() * type.n_bytes;
    tensors_.push_back(std::move(info));
  }
}

void TorchFile::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  const TorchTensor& tensor = tree_.tensors[index].tensor;
  assert(is_readable_float(tensor.storage.type->dtype));
  const uint64_t n_spanned = tensor.n_spanned();
  if (n_spanned == 0) return;
  if (is_row_major(tensor.shape, tensor.strides)) {
    read_storage(index, n_spanned, out, on_read);
    return;
  }
  std::vector<float> stored(n_spanned);
  read_storage(index, n_spanned, stored.data(), {});
  gather(stored.data(), tensor.shape, tensor.strides, out, on_read);
}

void TorchFile::stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const {
  const TorchTensor& tensor = tree_.tensors[index].tensor;
  if (!is_row_major(tensor.shape, tensor.strides)) {
    return TensorSource::stream_float32(index, n_piece, on_piece);
  }
  const uint64_t n = tensor.n_spanned();
  if (n > 0) read_storage(index, n, ItemsOut::pieces(n_piece), on_piece);
}

// Reads n items of a tensor's storage from the tensor's first on.
void TorchFile::read_storage(size_t index, uint64_t n, ItemsOut out,
                             const ReadProgress& on_read) const {
  const TorchTensor& tensor = tree_.tensors[index].tensor;
  const TorchType& type = *tensor.storage.type;
  const uint64_t place = places_.at(tensor.storage.key);
  const uint64_t offset = tensor.offset * type.n_bytes;
  if (archive_) {
    archive_->read_items(place, offset, type.dtype, n, std::move(out), on_read);
  } else {
    naming_tensor(file_, tensors_[index].name, place + offset, [&] {
      read_items(file_, place + offset, type.dtype, n, std::move(out), {}, on_read);
    });
  }
}

std::optional<TensorPlace> TorchFile::place(size_t index) const {
  const TorchTensor& tensor = tree_.tensors[index].tensor;
  if (!is_row_major(tensor.shape, tensor.strides)) return std::nullopt;
  const uint64_t place = places_.at(tensor.storage.key);
  const auto storage = archive_ ? archive_->offset(place) : std::optional(place);
  if (!storage) return std::nullopt;
  return TensorPlace{path_, *storage + tensor.offset * tensor.storage.type->n_bytes};
}

// The storage's: the checksum is of all of it.
void TorchFile::check(size_t index) const {
  const TorchStorage& storage = tree_.tensors[index].tensor.storage;
  const uint64_t place = places_.at(storage.key);
  if (archive_) {
    archive_->check(place);
  } else {
    naming_tensor(file_, tensors_[index].name, place,
                  [&] { read_pieces(file_, place, storage.n_bytes(), {}); });
  }
}

bool is_torch_file(const InputFile& file) {
  if (const auto member = first_zip_member(file)) {
    // torch.save writes data.pkl first; TorchScript and others begin with another of these.
    for (const char* name : {"/data.pkl", "/version", "/byteorder", "/.format_version",
                             "/constants.pkl", "/.data/serialization_id"}) {
      if (member->ends_with(name)) return true;
    }
    return member->find("/data/") != std::string::npos || *member == kPickleName;
  }
  return is_legacy_torch(file);
}

}  // namespace gpt2run
