#pragma once

#include "engine/draft_plan.h"
#include "engine/params.h"

namespace gpt2run {

// What drafting will cost, from the bytes that are read, the operations that are done, the
// processor's instructions and n_threads(), at rates typical of each: roughly right, and the same
// at every call. Only the speed depends on it.
//   copy  of the same shape
DraftCosts estimate_draft_costs(const Params& params, const Params& copy, bool head_is_screened);

}  // namespace gpt2run
