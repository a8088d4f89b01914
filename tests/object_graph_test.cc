#include "loader/object_graph.h"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "loader/proto.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

struct Node {
  std::map<std::string, uint64_t> children;
  std::string attribute, full_name, key;
  bool has_values = false;
};

std::vector<ProtoField> fields_of(std::string_view bytes) {
  const auto fields = parse_proto(bytes);
  if (!fields) throw std::logic_error("no protobuf");
  return *fields;
}

Node parse_node(std::string_view bytes) {
  Node node;
  for (const ProtoField& field : fields_of(bytes)) {
    const auto inner = fields_of(field.bytes);
    if (field.number == 1) {
      std::string name;
      uint64_t number = 0;
      for (const ProtoField& part : inner) {
        if (part.number == 1) number = part.value;
        if (part.number == 2) name = part.bytes;
      }
      node.children[name] = number;
    } else if (field.number == 2) {
      node.attribute = inner.at(0).bytes;
      node.full_name = inner.at(1).bytes;
      node.key = inner.at(2).bytes;
    } else if (field.number == 5) {
      node.has_values = !inner.empty() && inner[0].value == 1;
    }
  }
  return node;
}

std::vector<Node> parse_graph(std::string_view bytes) {
  std::vector<Node> nodes;
  for (const ProtoField& field : fields_of(bytes)) {
    EXPECT_EQ(field.number, 1u);
    nodes.push_back(parse_node(field.bytes));
  }
  return nodes;
}

// By the names on the way from the root: key and full name of each variable.
using Variables = std::map<std::string, std::pair<std::string, std::string>>;
void collect(const std::vector<Node>& nodes, size_t at, const std::string& path, Variables& out) {
  const Node& node = nodes.at(at);
  if (!node.key.empty()) {
    EXPECT_EQ(node.attribute, "VARIABLE_VALUE");
    out[path] = {node.key, node.full_name};
  }
  for (const auto& [name, child] : node.children) {
    EXPECT_GT(child, at) << "children come after their parent";
    if (name != "root") collect(nodes, child, path + "/" + name, out);
  }
}

Variables variables_of(std::string_view graph) {
  const std::vector<Node> nodes = parse_graph(graph);
  Variables variables;
  const bool has_root = nodes.at(0).children.contains("root");
  EXPECT_TRUE(!has_root || nodes[0].children.at("root") == 0u);
  for (const auto& [name, child] : nodes[0].children) {
    if (child != 0) collect(nodes, child, name, variables);
  }
  return variables;
}

TEST(ObjectGraph, HasTheVariablesOfTensorFlowsOwn) {
  const std::string theirs = read_bytes(test_data("object_graph/tf2_hf.pb"));
  const Variables expected = variables_of(theirs);
  ASSERT_EQ(expected.size(), 28u);
  std::vector<GraphVariable> variables;
  for (const auto& [path, names] : expected) variables.push_back({names.first, names.second});
  EXPECT_EQ(variables_of(object_graph(variables)), expected);
}

TEST(ObjectGraph, NumbersItsNodesLevelByLevel) {
  const std::string end = "/.ATTRIBUTES/VARIABLE_VALUE";
  const std::vector<Node> nodes =
      parse_graph(object_graph({{"a/x" + end, "ax"}, {"b" + end, "b"}, {"a/y" + end, "ay"}}));
  ASSERT_EQ(nodes.size(), 5u);
  EXPECT_EQ(nodes[0].children, (std::map<std::string, uint64_t>{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(nodes[1].children, (std::map<std::string, uint64_t>{{"x", 3}, {"y", 4}}));
  EXPECT_EQ(nodes[2].key, "b" + end);
  EXPECT_EQ(nodes[4].full_name, "ay");
  for (const Node& node : nodes) EXPECT_TRUE(node.has_values);
}

}  // namespace
}  // namespace gpt2run
