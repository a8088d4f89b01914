#pragma once

#include <string>
#include <vector>

namespace gpt2run {

// The string tensor in which an object-based checkpoint of TensorFlow 2 keeps its tree of objects.
inline constexpr const char* kObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";

// One variable of the tree.
struct GraphVariable {
  std::string key;  // "transformer/wte/embeddings/.ATTRIBUTES/VARIABLE_VALUE"
  std::string
      full_name;  // what name-based savers call it: "tfgpt2lm_head_model/transformer/wte/..."
};

// The serialized TrackableObjectGraph of these variables: a node for each beginning of a key that
// ends at a slash, numbered level by level from the root, as TensorFlow numbers them.
// Source: tensorflow core/protobuf/trackable_object_graph.proto.
std::string object_graph(const std::vector<GraphVariable>& variables);

}  // namespace gpt2run
