#include "engine/draft_plan.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/product.h"

namespace gpt2run {
namespace {

constexpr int kMarginClasses = 7;
// So many rounds without a guess, and one is tried again.
constexpr int kPlainRounds = 16;

}  // namespace

// Below 1/32, to 1/16, ... to 1, above.
Confidence confidence_of_margin(float margin) {
  if (!(margin > 0x1p-5f)) return Confidence{0};
  if (margin >= 1) return Confidence{kMarginClasses - 1};
  return Confidence{std::ilogb(margin) + kMarginClasses - 1};
}

// 1, 2, 3, 4 to 7, 8 and more.
Confidence confidence_of_length(int length) {
  return Confidence{kMarginClasses + (length >= 8 ? 4 : length >= 4 ? 3 : length - 1)};
}

double DraftPlan::price() const {
  const double share = copy_.value();
  double best = 1, n_ids = 1, chance = 1;
  for (int n = 1; n < kFewRows; ++n) {
    chance *= share;
    n_ids += chance;
    best = std::max(best, n_ids / (1 + n * (costs_.guess + costs_.row)));
  }
  return best;
}

DraftSource DraftPlan::choose(int repeat_length, int limit) {
  if (limit < 1) return DraftSource::kNone;
  double n_ids = 1, chance = 1, cost = 1;
  for (int n = 0; repeat_length > 0 && n < limit; ++n) {
    chance *= this->chance(confidence_of_length(repeat_length + n));
    if (!lookup_pays(chance)) break;
    n_ids += chance;
    cost += costs_.row;
  }
  const bool is_lookup_good = cost > 1 && n_ids / cost > price();
  if (is_lookup_good || copy_pays(1)) {
    n_plain_rounds_ = 0;
    return is_lookup_good ? DraftSource::kLookup : DraftSource::kCopy;
  }
  return ++n_plain_rounds_ % kPlainRounds == 0 ? DraftSource::kCopy : DraftSource::kNone;
}

double DraftPlan::chance(Confidence confidence) const {
  return shares_[static_cast<size_t>(confidence)].value();
}

bool DraftPlan::copy_pays(double chance) const {
  return chance * copy_.value() > price() * (costs_.guess + costs_.row);
}

bool DraftPlan::lookup_pays(double chance) const {
  return chance > price() * costs_.row;
}

void DraftPlan::add(DraftSource source, Confidence confidence, bool is_right) {
  shares_[static_cast<size_t>(confidence)].add(is_right);
  if (source == DraftSource::kCopy) copy_.add(is_right);
}

}  // namespace gpt2run
