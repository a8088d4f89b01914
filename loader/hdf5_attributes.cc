#include <algorithm>
#include <optional>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/hdf5_heap.h"
#include "loader/hdf5_tree.h"

namespace gpt2run {
namespace {

// Asked for by name: the library (1.10.8) may crash as it lists attributes of which one is damaged.
constexpr const char* kNames[] = {"backend", "keras_version", "layer_names", "weight_names"};
constexpr uint64_t kMaxAttributeBytes = uint64_t{64} << 20;

// Strings of a fixed length are padded with zeros.
std::string trimmed(const char* text, size_t max_bytes) {
  return {text, std::find(text, text + max_bytes, '\0')};
}

// A conversion, in the library's terms, that leaves a string of variable length as the file has it.
herr_t keep_descriptor(hid_t, hid_t, H5T_cdata_t* data, size_t, size_t, size_t, void*, void*,
                       hid_t) noexcept {
  data->need_bkg = H5T_BKG_NO;
  return 0;
}

class AttributeReader {
 public:
  AttributeReader(const Hdf5Session& hdf5, const InputFile& file, hid_t root, uint64_t base)
      : hdf5_(hdf5),
        file_(file),
        root_(root),
        base_(base),
        descriptor_(hdf5->H5Tcreate(H5T_OPAQUE, kHdf5DescriptorBytes), hdf5->H5Tclose) {}

  void add(const std::string& name, nlohmann::json& out) const {
    const htri_t exists = hdf5_->H5Aexists(root_, name.c_str());
    if (exists == 0) return;
    const Hdf5Id attribute(exists < 0 ? -1 : hdf5_->H5Aopen(root_, name.c_str(), H5P_DEFAULT),
                           hdf5_->H5Aclose);
    if (!attribute.is_valid()) fail(name);
    const Hdf5Id type(hdf5_->H5Aget_type(attribute.get()), hdf5_->H5Tclose);
    const Hdf5Id space(hdf5_->H5Aget_space(attribute.get()), hdf5_->H5Sclose);
    if (!type.is_valid() || !space.is_valid()) fail(name);
    if (hdf5_->H5Tget_class(type.get()) != H5T_STRING) return;
    const auto texts = texts_of(attribute.get(), type.get(), space.get(), name);
    if (hdf5_->H5Sget_simple_extent_type(space.get()) == H5S_SCALAR && texts.size() == 1) {
      out[name] = texts[0];
    } else {
      out[name] = texts;
    }
  }

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& reason = "") const {
    throw CheckpointError(ErrorKind::kCorrupt, file_.path().string(), "attribute \"" + name + "\"",
                          "cannot be read: " + (reason.empty() ? hdf5_.take_error() : reason) +
                              "; the file is damaged");
  }

  std::vector<std::string> texts_of(hid_t attribute, hid_t type, hid_t space,
                                    const std::string& name) const {
    const hssize_t n = hdf5_->H5Sget_simple_extent_npoints(space);
    const bool is_variable = hdf5_->H5Tis_variable_str(type) > 0;
    const uint64_t n_item_bytes = is_variable ? kHdf5DescriptorBytes : hdf5_->H5Tget_size(type);
    if (n < 0 || n_item_bytes == 0) fail(name);
    if (static_cast<uint64_t>(n) > std::min(file_.size(), kMaxAttributeBytes) / n_item_bytes) {
      fail(name, "it claims " + std::to_string(n) + " strings of " + std::to_string(n_item_bytes) +
                     " bytes, more than the file's size");
    }
    std::vector<char> bytes(static_cast<size_t>(n) * n_item_bytes);
    const hid_t memory_type = is_variable ? descriptor_.get() : type;
    if (!bytes.empty() && hdf5_->H5Aread(attribute, memory_type, bytes.data()) < 0) fail(name);
    std::vector<std::string> texts;
    for (size_t at = 0; at < bytes.size(); at += n_item_bytes) {
      texts.push_back(is_variable ? read_hdf5_heap_string(file_, base_, bytes.data() + at)
                                  : trimmed(bytes.data() + at, n_item_bytes));
    }
    return texts;
  }

  const Hdf5Session& hdf5_;
  const InputFile& file_;
  hid_t root_;
  uint64_t base_;
  Hdf5Id descriptor_;
};

void register_conversion(const Hdf5Session& hdf5) {
  static bool is_registered = false;  // a session is one thread's at a time
  if (is_registered) return;
  const Hdf5Id string(hdf5->H5Tcopy(*hdf5->H5T_C_S1_g), hdf5->H5Tclose);
  const Hdf5Id opaque(hdf5->H5Tcreate(H5T_OPAQUE, kHdf5DescriptorBytes), hdf5->H5Tclose);
  hdf5->H5Tset_size(string.get(), H5T_VARIABLE);
  hdf5->H5Tregister(H5T_PERS_SOFT, "gpt2run", string.get(), opaque.get(), keep_descriptor);
  is_registered = true;
}

}  // namespace

nlohmann::json read_hdf5_attributes(const Hdf5Session& hdf5, const InputFile& input, hid_t file) {
  nlohmann::json attributes = nlohmann::json::object();
  const std::string path = input.path().string();
  const Hdf5Id root(hdf5->H5Gopen2(file, "/", H5P_DEFAULT), hdf5->H5Gclose);
  const Hdf5Id plist(hdf5->H5Fget_create_plist(file), hdf5->H5Pclose);
  size_t n_address_bytes = 0, n_length_bytes = 0;
  hsize_t base = 0;
  if (!root.is_valid() || hdf5->H5Pget_sizes(plist.get(), &n_address_bytes, &n_length_bytes) < 0 ||
      hdf5->H5Pget_userblock(plist.get(), &base) < 0) {
    throw CheckpointError(ErrorKind::kCorrupt, path, "the root group",
                          "cannot be read: " + hdf5.take_error() + "; the file is damaged");
  }
  if (n_address_bytes != 8 || n_length_bytes != 8) return attributes;  // as no tool writes them
  register_conversion(hdf5);
  const AttributeReader reader(hdf5, input, root.get(), base);
  for (const char* name : kNames) reader.add(name, attributes);
  return attributes;
}

}  // namespace gpt2run
