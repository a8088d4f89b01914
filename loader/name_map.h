#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loader/transforms.h"

namespace gpt2run {

// One line of a name map: where a tensor goes, and how.
struct NameRule {
  std::string source;  // the tensor's own name; or, with is_pattern, an RE2 pattern of whole names
  std::string target;  // "model/h3/attn/c_attn/w"; with is_pattern \1, \2, ... are its groups
  bool is_pattern = false;
  std::optional<std::vector<Transform>> transforms;  // nothing: what its family's layout asks for
};

// What `gpt2ckpt map` writes, a person edits and --name-map reads. JSON:
//   {"rules": [{"source": "wte.weight", "target": "model/wte"},
//              {"pattern": "blocks\\.(\\d+)\\.qkv\\.weight", "target": "model/h\\1/attn/c_attn/w",
//               "transform": ["transpose", {"slice": [[0, 768], [0, 2304]]}, {"pad": [...]}]}]}
// The first rule that fits a name counts.
class NameMap {
 public:
  //   path  for messages
  // Errors: CheckpointError kMismatch for a pattern that RE2 cannot read, or whose target has more
  // groups, and for a target that is no weight of GPT-2's.
  NameMap(std::vector<NameRule> rules, const std::string& path);
  const std::vector<NameRule>& rules() const { return rules_; }
  const std::string& path() const { return path_; }

  // The rule for a name, its target filled in; nothing if there is none.
  std::optional<NameRule> find(const std::string& name) const;

 private:
  struct Patterns;
  std::string path_;
  std::vector<NameRule> rules_;
  std::shared_ptr<const Patterns> patterns_;
};

// Errors: CheckpointError kNotFound; kMismatch for what is no name map, with the rule's number.
NameMap read_name_map(const std::filesystem::path& path);

// The JSON text of one.
std::string name_map_text(const std::vector<NameRule>& rules);

}  // namespace gpt2run
