#include "loader/propose_map.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "base/printable.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/layer_numbers.h"
#include "loader/name_distance.h"
#include "loader/shape_fit.h"
#include "loader/weight_names.h"
#include "loader/weight_slots.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxUnknown = 5000;
constexpr size_t kMaxNameBytes = 200;
constexpr int kNoLayer = -1;

class Proposer {
 public:
  Proposer(const TensorSource& source, const WeightMap& map, const Hparams& hparams)
      : source_(source), map_(map), hparams_(hparams), rules_(source.tensors().size()) {}

  MapProposal propose() {
    for (size_t i = 0; i < map_.tensors.size(); ++i) sort_in(i);
    is_transposed_ = stands_transposed();
    number_unknown();
    keep_known();
    find_slots();
    place_by_name();
    place_by_shape();
    return finish();
  }

 private:
  struct Slot {
    WeightSlot weight;
    std::vector<std::string> spellings;
    bool is_taken = false;
  };

  const TensorInfo& tensor(size_t i) const { return source_.tensors()[i]; }
  bool has_shapes() const { return hparams_.n_embd > 0; }

  // As the known matrices stand; where none is known, as most of those do that can only be
  // c_attn's, whose two sizes differ. A square one says nothing.
  bool stands_transposed() const {
    const bool any_known = std::any_of(known_.begin(), known_.end(), [&](size_t i) {
      return is_layer_matrix(map_.tensors[i].weight);
    });
    if (any_known || !has_shapes()) return family_traits(map_.family).is_transposed;
    const int64_t n_embd = hparams_.n_embd;
    const std::vector<int64_t> straight = {n_embd, 3 * n_embd}, flipped = {3 * n_embd, n_embd};
    int n_straight = 0, n_flipped = 0;
    for (const size_t i : unknown_) {
      n_straight += tensor(i).shape == straight;
      n_flipped += tensor(i).shape == flipped;
    }
    return n_flipped > n_straight;
  }

  void sort_in(size_t i) {
    const TensorRole role = map_.tensors[i].role;
    if (role == TensorRole::kWeight) known_.push_back(i);
    const bool is_open = role == TensorRole::kUnexpected || role == TensorRole::kOther;
    if (is_open && is_readable_float(tensor(i).dtype) && tensor(i).n_items() > 1) {
      unknown_.push_back(i);
    }
  }

  // The layers that a tensor speaks of, and the config has.
  std::set<int> layers() const {
    std::set<int> layers;
    for (const auto& [i, number] : numbers_) layers.insert(number.value);
    for (const size_t i : known_) {
      if (const auto layer = layer_of(map_.tensors[i].weight)) layers.insert(*layer);
    }
    if (hparams_.n_layer > 0) layers.erase(layers.lower_bound(hparams_.n_layer), layers.end());
    return layers;
  }

  void keep_known() {
    std::map<std::string, std::vector<int64_t>> shapes;
    if (has_shapes()) {
      for (const WeightSlot& slot : model_weights(hparams_)) shapes[slot.name] = slot.shape;
      shapes["model/lm_head"] = head_weight(hparams_).shape;
      for (const WeightSlot& slot : block_weights(hparams_, 0)) shapes[slot.name] = slot.shape;
    }
    for (const size_t i : known_) {
      const MappedTensor& mapped = map_.tensors[i];
      NameRule rule{tensor(i).name, mapped.weight, false, mapped.transforms, ""};
      const auto layer = layer_of(mapped.weight);
      const std::string kind =
          layer ? "model/h0" + mapped.weight.substr(7 + std::to_string(*layer).size())
                : mapped.weight;
      const auto wanted = shapes.find(kind);
      if (wanted != shapes.end() &&
          transformed_shape(mapped.transforms, tensor(i).shape) != wanted->second) {
        refit(rule, i, wanted->second);
      }
      note_size_change(rule, i);
      rules_[i] = std::move(rule);
    }
  }

  void refit(NameRule& rule, size_t i, const std::vector<int64_t>& wanted) {
    const std::vector<int64_t>& stored = tensor(i).shape;
    if (auto steps = fit_shape(rule.target, stored, wanted, is_transposed_)) {
      rule.transforms = std::move(*steps);
      rule.note = "its shape is " + shape_text(stored);
    } else {
      proposal_.notices.push_back(printable(rule.source) + ": expected a shape that can become " +
                                  shape_text(wanted) + ", found " + shape_text(stored));
    }
  }

  void note_size_change(NameRule& rule, size_t i) {
    const std::string change = size_change_text(*rule.transforms, tensor(i).shape);
    if (change.empty()) return;
    rule.note = change;
    proposal_.notices.push_back(rule.target.substr(6) + ": " + change);  // without model/
  }

  void number_unknown() {
    if (unknown_.size() > kMaxUnknown) {
      proposal_.notices.push_back(std::to_string(unknown_.size()) +
                                  " names are of no known family: too many to look for each");
      out_of_reach_.swap(unknown_);
    }
    const auto is_long = [&](size_t i) { return tensor(i).name.size() > kMaxNameBytes; };
    std::copy_if(unknown_.begin(), unknown_.end(), std::back_inserter(out_of_reach_), is_long);
    std::erase_if(unknown_, is_long);
    std::vector<std::string> names;
    for (const size_t i : unknown_) names.push_back(tensor(i).name);
    const LayerNumbers layers(names);
    for (const size_t i : unknown_) {
      if (const auto number = layers.find(tensor(i).name)) numbers_[i] = *number;
    }
  }

  // The weights that no tensor is known for.
  void find_slots() {
    std::set<std::string> found;
    for (const size_t i : known_) found.insert(map_.tensors[i].weight);
    const auto add = [&](std::vector<WeightSlot> slots, int layer) {
      for (WeightSlot& slot : slots) {
        if (found.count(slot.name) > 0) continue;
        slots_of_layer_[layer].push_back(slots_.size());
        std::vector<std::string> spellings = spellings_of(slot.name);
        slots_.push_back({std::move(slot), std::move(spellings)});
      }
    };
    add(model_weights(hparams_), kNoLayer);
    for (const int layer : layers()) add(block_weights(hparams_, layer), layer);
  }

  // The slots that a tensor may go to, by its layer.
  std::vector<size_t> slots_for(size_t i) const {
    std::vector<size_t> slots;
    for (const int layer : {kNoLayer, numbers_.count(i) > 0 ? numbers_.at(i).value : kNoLayer}) {
      const auto at = slots_of_layer_.find(layer);
      if (at == slots_of_layer_.end() || (layer == kNoLayer && !slots.empty())) continue;
      slots.insert(slots.end(), at->second.begin(), at->second.end());
    }
    return slots;
  }

  // The steps that make a tensor fit, if it can be that weight at all.
  std::optional<std::vector<Transform>> fit(size_t i, const Slot& slot) const {
    if (has_shapes()) {
      return fit_shape(slot.weight.name, tensor(i).shape, slot.weight.shape, is_transposed_);
    }
    std::vector<Transform> steps;
    const bool is_matrix = is_layer_matrix(slot.weight.name);
    if (is_matrix && is_transposed_) steps.push_back({.kind = Transform::kTranspose});
    if (tensor(i).shape.size() != slot.weight.shape.size()) return std::nullopt;
    return steps;
  }

  std::optional<size_t> distance(size_t i, const Slot& slot) const {
    const bool is_of_layer = layer_of(slot.weight.name).has_value();
    const auto number = numbers_.find(i);
    return name_distance(tensor(i).name, is_of_layer ? std::optional(number->second) : std::nullopt,
                         slot.spellings);
  }

  void place_by_name() {
    struct Pair {
      size_t distance, slot, tensor;
    };
    std::vector<Pair> pairs;
    for (const size_t i : unknown_) {
      for (const size_t slot : slots_for(i)) {
        const auto n = distance(i, slots_[slot]);
        if (n && fit(i, slots_[slot])) pairs.push_back({*n, slot, i});
      }
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.distance < b.distance; });
    for (const Pair& pair : pairs) {
      if (slots_[pair.slot].is_taken || rules_[pair.tensor]) continue;
      place(pair.tensor, slots_[pair.slot],
            "nearest name (edit distance " + std::to_string(pair.distance) + "), to be checked");
    }
  }

  // Six vectors of a layer have n_embd numbers: nobody can tell which is left over.
  bool is_told_by_shape(const WeightSlot& weight) const {
    return weight.shape.size() == 2 || weight.shape[0] != hparams_.n_embd;
  }

  // A tensor whose shape no other one and no other weight of its layer has.
  void place_by_shape() {
    if (!has_shapes()) return;
    std::map<size_t, std::vector<size_t>> tensors_of_slot;
    std::map<size_t, size_t> n_slots;  // of a tensor
    for (const size_t i : unknown_) {
      if (rules_[i]) continue;
      for (const size_t slot : slots_for(i)) {
        if (slots_[slot].is_taken || !is_told_by_shape(slots_[slot].weight)) continue;
        if (!fit(i, slots_[slot])) continue;
        tensors_of_slot[slot].push_back(i);
        ++n_slots[i];
      }
    }
    for (const auto& [slot, tensors] : tensors_of_slot) {
      if (tensors.size() != 1 || n_slots[tensors.front()] != 1) continue;
      place(tensors.front(), slots_[slot], "the only one here of that shape, to be checked");
    }
  }

  void place(size_t i, Slot& slot, const std::string& why) {
    slot.is_taken = true;
    NameRule rule{tensor(i).name, slot.weight.name, false, fit(i, slot), why};
    proposal_.notices.push_back(printable(rule.source) + " -> " + rule.target + ": " + why);
    const std::string change = size_change_text(*rule.transforms, tensor(i).shape);
    if (!change.empty()) {
      rule.note += "; " + change;
      proposal_.notices.push_back(rule.target.substr(6) + ": " + change);
    }
    rules_[i] = std::move(rule);
  }

  MapProposal finish() {
    unknown_.insert(unknown_.end(), out_of_reach_.begin(), out_of_reach_.end());
    for (const size_t i : unknown_) {
      const TensorInfo& info = tensor(i);
      if (!rules_[i]) proposal_.unplaced.push_back({info.name, info.dtype_text, info.shape});
    }
    for (auto& rule : rules_) {
      if (rule) proposal_.rules.push_back(std::move(*rule));
    }
    for (const Slot& slot : slots_) {
      if (!slot.is_taken) proposal_.missing.push_back(slot.weight.name);
    }
    return std::move(proposal_);
  }

  const TensorSource& source_;
  const WeightMap& map_;
  const Hparams& hparams_;
  std::vector<std::optional<NameRule>> rules_;  // [tensors]
  std::vector<size_t> known_, unknown_, out_of_reach_;
  std::map<size_t, NumberInName> numbers_;             // of an unknown tensor: its layer
  std::map<int, std::vector<size_t>> slots_of_layer_;  // kNoLayer: those of the whole model
  std::vector<Slot> slots_;
  bool is_transposed_ = false;
  MapProposal proposal_;
};

}  // namespace

MapProposal propose_name_map(const TensorSource& source, const WeightMap& map,
                             const Hparams& hparams) {
  return Proposer(source, map, hparams).propose();
}

}  // namespace gpt2run
