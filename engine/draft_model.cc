#include "engine/draft_model.h"

#include <stdexcept>
#include <string>

#include "engine/draft_costs.h"
#include "engine/repack.h"

namespace gpt2run {
namespace {

// A head of fewer bytes stays in the cache, and is computed sooner than screened.
constexpr size_t kScreenedBytes = size_t{16} << 20;

}  // namespace

DraftModel make_draft_model(const Params& params) {
  if (!is_float(params.type)) {
    throw std::invalid_argument(std::string("draft: expected weights of f32 or bf16, found ") +
                                weight_type_name(params.type) +
                                "; only their decode reads enough to gain by guessing");
  }
  DraftModel draft;
  draft.copy = repacked(params, WeightType::kInt4);
  const Weight& head = params.lm_head;
  if (weight_bytes(head) >= kScreenedBytes) {
    draft.head = std::make_shared<const ScreenedHead>(head);
  }
  draft.costs = estimate_draft_costs(params, draft.copy, draft.head != nullptr);
  return draft;
}

}  // namespace gpt2run
