#include "loader/object_graph.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "loader/proto_writer.h"

namespace gpt2run {
namespace {

constexpr std::string_view kAttribute = "/.ATTRIBUTES/VARIABLE_VALUE";

struct Node {
  std::vector<std::pair<std::string, size_t>> children;  // local name, in Tree::nodes
  const GraphVariable* variable = nullptr;
};

// A tree of nodes in the order in which they were made; the first is the root.
class Tree {
 public:
  void add(const GraphVariable& variable) {
    std::string_view path = variable.key;
    if (path.ends_with(kAttribute)) path.remove_suffix(kAttribute.size());
    size_t node = 0;
    while (!path.empty()) {
      const size_t end = std::min(path.find('/'), path.size());
      node = child(node, path.substr(0, end));
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    nodes[node].variable = &variable;
  }

  std::vector<Node> nodes{1};

 private:
  size_t child(size_t parent, std::string_view name) {
    for (const auto& [known, index] : nodes[parent].children) {
      if (known == name) return index;
    }
    nodes[parent].children.emplace_back(name, nodes.size());
    nodes.emplace_back();
    return nodes.size() - 1;
  }
};

ProtoWriter node_proto(const Node& node, const std::vector<uint64_t>& number_of) {
  ProtoWriter proto;
  for (const auto& [name, index] : node.children) {
    proto.message(1, ProtoWriter().number(1, number_of[index]).bytes(2, name));
  }
  if (node.variable != nullptr) {
    proto.message(2, ProtoWriter()
                         .bytes(1, "VARIABLE_VALUE")
                         .bytes(2, node.variable->full_name)
                         .bytes(3, node.variable->key));
  }
  return proto.message(5, ProtoWriter().number(1, 1));  // it, or one below it, has values
}

}  // namespace

std::string object_graph(const std::vector<GraphVariable>& variables) {
  Tree tree;
  for (const GraphVariable& variable : variables) tree.add(variable);
  // Level by level: a node's children are numbered after all nodes of its own level.
  std::vector<size_t> order = {0};
  std::vector<uint64_t> number_of(tree.nodes.size());
  for (size_t i = 0; i < order.size(); ++i) {
    number_of[order[i]] = i;
    for (const auto& [name, index] : tree.nodes[order[i]].children) order.push_back(index);
  }
  ProtoWriter graph;
  for (const size_t index : order) graph.message(1, node_proto(tree.nodes[index], number_of));
  return graph.text();
}

}  // namespace gpt2run
