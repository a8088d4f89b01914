#pragma once

#include <cstdint>
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
  std::string target;  // "model/h3/attn/c_attn/w"; with is_pattern the new name, whose \1, \2, ...
                       // are the pattern's groups, and which any family may know
  bool is_pattern = false;
  std::optional<std::vector<Transform>> transforms;  // nothing: what its family's layout asks for
  std::string note;                                  // for a person; it changes nothing
};

// A tensor that no rule was found for.
struct UnplacedTensor {
  std::string name;
  std::string dtype_text;
  std::vector<int64_t> shape;
};

// What `gpt2ckpt map` writes, a person edits and --name-map reads. JSON:
//   {"rules": [{"source": "wte.weight", "target": "model/wte"},
//              {"pattern": "blocks\\.(\\d+)\\.qkv\\.weight", "target": "model/h\\1/attn/c_attn/w",
//               "transform": ["transpose", {"slice": [[0, 768], [0, 2304]]}, {"pad": [...]}]}],
//    "unplaced": [...]}
// The first rule that fits a name counts. A pattern renames: a name that is no weight's after it
// (an optimizer's slot, a counter) is what it would be without a map. "unplaced", and a rule's
// "note", are for people and not read.
class NameMap {
 public:
  //   path  for messages
  // Errors: CheckpointError kMismatch for a pattern that RE2 cannot read, or whose target has more
  // groups, and for a target of a rule without a pattern that is no weight of GPT-2's.
  NameMap(std::vector<NameRule> rules, const std::string& path);
  const std::vector<NameRule>& rules() const { return rules_; }
  const std::string& path() const { return path_; }

  // The rule for a name, its target filled in: a weight's name, or, of a pattern, any. Nothing if
  // there is none.
  std::optional<NameRule> find(const std::string& name) const;

 private:
  struct Patterns;
  std::string path_;
  std::vector<NameRule> rules_;
  std::shared_ptr<const Patterns> patterns_;
};

// Errors: CheckpointError kNotFound; kMismatch for what is no name map, with the rule's number.
NameMap read_name_map(const std::filesystem::path& path);

// The JSON text of one, a line a rule.
std::string name_map_text(const std::vector<NameRule>& rules,
                          const std::vector<UnplacedTensor>& unplaced = {});

}  // namespace gpt2run
