#include <algorithm>

#include "loader/hdf5_heap.h"
#include "loader/hdf5_tree.h"
#include "loader/tensor_checks.h"

namespace gpt2run {
namespace {

constexpr const char* kWhat = "an attribute";
constexpr std::string_view kNames[] = {"backend", "keras_version", "layer_names", "weight_names"};

// An attribute's parts, as messages of their own.
struct Attribute {
  std::string name;
  Hdf5Message type, space;
  std::string_view items;
};

// Strings of a fixed length are padded with zeros.
std::string trimmed(std::string_view text) {
  return std::string(text.substr(0, text.find('\0')));
}

class AttributeReader {
 public:
  explicit AttributeReader(Hdf5Input& input) : input_(input) {}

  void add(const Hdf5Message& message, nlohmann::json& out) {
    Hdf5Fields fields(input_, message.address, message.bytes, kWhat);
    const Attribute attribute = parse(fields, message.address);
    if (std::find(std::begin(kNames), std::end(kNames), attribute.name) == std::end(kNames)) return;
    const Hdf5Type type = parse_hdf5_type(input_, attribute.type);
    if (type.dtype != DType::kString) return;
    const std::vector<int64_t> shape = parse_hdf5_shape(input_, attribute.space);
    const auto n = checked_product(shape);
    if (!n || *n > attribute.items.size() / type.n_bytes ||
        (type.is_variable_string && type.n_bytes != kHdf5DescriptorBytes)) {
      fields.fail("\"" + attribute.name + "\" claims more strings than its " +
                  std::to_string(attribute.items.size()) + " bytes hold");
    }
    std::vector<std::string> texts;
    for (uint64_t i = 0; i < *n; ++i) {
      const std::string_view item = attribute.items.substr(i * type.n_bytes, type.n_bytes);
      texts.push_back(type.is_variable_string ? read_hdf5_heap_string(input_, item)
                                              : trimmed(item));
    }
    if (shape.empty() && texts.size() == 1) {
      out[attribute.name] = texts[0];
    } else {
      out[attribute.name] = texts;
    }
  }

 private:
  // Version 1 pads each part to a multiple of 8 bytes; 2 and 3 do not, and say whether type and
  // shape are elsewhere; 3 says which characters the name has.
  static Attribute parse(Hdf5Fields& fields, uint64_t address) {
    const uint64_t version = fields.number(1), flags = fields.number(1);
    if (version < 1 || version > 3) {
      fields.fail("is of version " + std::to_string(version) + ", which is not read",
                  ErrorKind::kUnsupported);
    }
    const uint64_t n_name = fields.number(2), n_type = fields.number(2), n_space = fields.number(2);
    if (version == 3) fields.skip(1);
    const uint64_t step = version == 1 ? 8 : 1;
    const auto take = [&](uint64_t n) { return fields.bytes((n + step - 1) / step * step); };
    Attribute attribute;
    attribute.name = trimmed(take(n_name));
    attribute.type.bytes = take(n_type);
    attribute.space.bytes = take(n_space);
    attribute.type.address = attribute.space.address = address;
    attribute.items = fields.rest();
    if (version > 1 && (flags & 3) != 0) attribute.name.clear();  // none of those that are read
    return attribute;
  }

  Hdf5Input& input_;
};

}  // namespace

nlohmann::json read_hdf5_attributes(Hdf5Input& input, const Hdf5Object& root) {
  nlohmann::json attributes = nlohmann::json::object();
  AttributeReader reader(input);
  for (const Hdf5Message& message : root.messages) {
    if (message.type == Hdf5Message::kAttribute && !message.is_shared) {
      reader.add(message, attributes);
    }
  }
  return attributes;
}

}  // namespace gpt2run
