#pragma once

#include <vector>

#include "engine/params.h"

namespace gpt2run {

// A copy of a model whose weights are rounded to another type. What is only looked up or added is
// not copied: wte, wpe, biases and gains are those of `from`, which must outlive the copy; the head
// has the new type even where it was tied to wte.
// Owns: the rounded weights. Threads: n_threads().
// Errors: std::invalid_argument unless from.type is kFloat32 or kBFloat16; std::bad_alloc.
Params repacked(const Params& from, WeightType type);

// One panel of a weight as float32 [n_in][64]: where it stands, or, if it
// must be widened, in the buffer.
const float* panel_floats(const Weight& weight, int panel, std::vector<float>& buffer);

// Rounds a panel of plain numbers [n_in][64] to the weight's type.
void pack_panel(const float* values, const Weight& weight, int panel);

}  // namespace gpt2run
