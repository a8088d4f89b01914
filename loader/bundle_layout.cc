#include "loader/bundle_layout.h"

#include <algorithm>
#include <tuple>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/describe.h"
#include "loader/ordered_code.h"

namespace gpt2run {
namespace {

[[noreturn]] void fail(const BundleIndex& index, const std::string& name, const std::string& what) {
  throw CheckpointError(ErrorKind::kCorrupt, index.path, "entry \"" + printable(name) + "\"",
                        what + "; the index is damaged");
}

void check_no_overlap(const BundleIndex& index) {
  std::vector<const BundleEntry*> by_place;
  for (const auto* entries : {&index.tensors, &index.parts}) {
    for (const BundleEntry& entry : *entries) {
      if (entry.n_bytes > 0) by_place.push_back(&entry);
    }
  }
  std::sort(by_place.begin(), by_place.end(), [](const BundleEntry* a, const BundleEntry* b) {
    return std::tie(a->shard, a->offset, a->name) < std::tie(b->shard, b->offset, b->name);
  });
  for (size_t i = 1; i < by_place.size(); ++i) {
    const BundleEntry& before = *by_place[i - 1];
    const BundleEntry& entry = *by_place[i];
    if (before.shard == entry.shard && entry.offset < before.offset + before.n_bytes) {
      fail(index, entry.name,
           "its bytes at " + std::to_string(entry.offset) + " overlap those of \"" +
               printable(before.name) + "\"");
    }
  }
}

size_t find_part(const BundleIndex& index, const BundleEntry& variable, const BundleSlice& slice) {
  const std::string key = slice_key(variable.name, slice.extents);
  const auto at = std::lower_bound(
      index.parts.begin(), index.parts.end(), key,
      [](const BundleEntry& part, const std::string& wanted) { return part.name < wanted; });
  if (at == index.parts.end() || at->name != key) {
    fail(index, variable.name, "the entry of one of its slices is missing");
  }
  return static_cast<size_t>(at - index.parts.begin());
}

void check_slices(BundleIndex& index, BundleEntry& variable, std::vector<bool>& is_used) {
  std::vector<const SliceExtents*> all;
  for (BundleSlice& slice : variable.slices) {
    if (slice.extents.size() == variable.shape.size()) {
      slice.part = find_part(index, variable, slice);  // whose key has the extents as they are
    }
    if (const auto problem = resolve_slice(variable.shape, slice.extents)) {
      fail(index, variable.name, *problem);
    }
    const BundleEntry& part = index.parts[slice.part];
    const std::vector<int64_t> shape = slice_shape(slice.extents);
    if (part.type != variable.type || part.shape != shape || !part.slices.empty()) {
      fail(index, variable.name,
           "expected a slice that is " + std::string(variable.type->name) + " " +
               printable(shape_text(shape)) + ", found " + part.type->name + " " +
               printable(shape_text(part.shape)));
    }
    if (is_used[slice.part]) fail(index, variable.name, "two of its slices overlap");
    is_used[slice.part] = true;
    all.push_back(&slice.extents);
  }
  if (all.empty()) return;
  if (const auto problem = check_cover(variable.shape, all)) fail(index, variable.name, *problem);
}

}  // namespace

void check_layout(BundleIndex& index) {
  check_no_overlap(index);
  std::vector<bool> is_used(index.parts.size(), false);
  for (BundleEntry& variable : index.tensors) check_slices(index, variable, is_used);
  const auto orphan = std::find(is_used.begin(), is_used.end(), false);
  if (orphan != is_used.end()) {
    fail(index, index.parts[static_cast<size_t>(orphan - is_used.begin())].name,
         "it is a slice of no variable");
  }
}

}  // namespace gpt2run
