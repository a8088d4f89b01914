#pragma once

#include <vector>

#include "loader/checkpoint.h"
#include "loader/load_finding.h"
#include "loader/misfits.h"
#include "loader/propose_map.h"
#include "loader/unknown_prefix.h"

namespace gpt2run {

// The findings about names, each of one kind of them.

// A prefix before most names: one rule of a name map takes it away.
LoadFinding explain_prefix(const UnknownPrefix& prefix, const Checkpoint& checkpoint,
                           const LoadRequest& request);

// No name that can be a weight of GPT-2's.
LoadFinding explain_unknown_names(const TensorSource& source, const LoadRequest& request);

// What a proposed map changes: names that are near to the missing ones, other layouts.
std::vector<LoadFinding> explain_proposal(const TensorSource& source, const WeightMap& map,
                                          const MapProposal& proposal, const LoadRequest& request);

// What no map mends: missing weights, tensors that are none, wrong shapes and types.
std::vector<LoadFinding> explain_misfits(const NameMatch& match, const Hparams& hparams,
                                         const LoadRequest& request);

}  // namespace gpt2run
