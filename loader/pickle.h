#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// One value of a pickle. Values refer to each other by their index in Pickle::values, as a pickle
// may use one twice or within itself.
struct PickleValue {
  enum class Kind {
    kNone,
    kBool,        // number
    kInt,         // number
    kLongInt,     // text: its bytes, little-endian, more than eight
    kFloat,       // real
    kString,      // text, not checked to be UTF-8
    kBytes,       // text
    kTuple,       // items
    kList,        // items
    kDict,        // items: key, value, key, value, ...; an OrderedDict too
    kGlobal,      // text: "module.name", one of those that the reader allows
    kCall,        // items: a kGlobal and a kTuple: what it would be called with
    kPersistent,  // items: the id under which the program that wrote it keeps the value
  };
  Kind kind = Kind::kNone;
  int64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<uint32_t> items;
};

struct Pickle {
  std::vector<PickleValue> values;
  uint32_t root = 0;
  size_t n_bytes = 0;  // of the input, up to the end of the pickle

  const PickleValue& operator[](uint32_t index) const { return values[index]; }
};

// Reads a Python pickle of protocol 2 to 5 without running anything: a call is kept as the name and
// the arguments, and names are refused unless is_allowed says otherwise. (collections.OrderedDict
// is always allowed.)
//   path, where  the file and the part of it, for messages
// Errors: CheckpointError kCorrupt; kUnsupported for a name that is not allowed, other protocols,
// and more than 2^20 values.
// Source: CPython Lib/pickletools.py.
Pickle parse_pickle(std::string_view bytes, const std::string& path, const std::string& where,
                    const std::function<bool(std::string_view global)>& is_allowed);

}  // namespace gpt2run
