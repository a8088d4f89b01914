#pragma once

#include <string>
#include <vector>

#include "engine/params.h"
#include "loader/mapped_source.h"
#include "loader/name_map.h"

namespace gpt2run {

// A name map for a checkpoint, as a first draft for a person.
struct MapProposal {
  std::vector<NameRule> rules;           // one a weight, in the file's order
  std::vector<UnplacedTensor> unplaced;  // what may be a weight, and none was found for
  std::vector<std::string> missing;      // weights that no tensor was found for, in OpenAI's names
  std::vector<std::string> notices;      // guesses by name or shape, slices and pads, a line each
};

// The tensors that the map knows keep their place; where their shapes do not fit, they are
// squeezed, transposed, sliced or padded. Of the others each goes to the missing weight of its
// layer whose name is nearest, in any family's spelling, among those whose shape it can be given;
// or to the only one, where its shape fits no other.
//   hparams  what the shapes must fit; all 0 where it is not known
// Time: at most 5000 unknown names are looked at.
MapProposal propose_name_map(const TensorSource& source, const WeightMap& map,
                             const Hparams& hparams);

// The same rules, a pattern for all layers of each kind of weight. Those that stand apart from
// their kind keep a line of their own, in front.
std::vector<NameRule> with_patterns(const std::vector<NameRule>& rules);

}  // namespace gpt2run
