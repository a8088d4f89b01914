#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "loader/bundle.h"
#include "loader/verify.h"

namespace gpt2run {
namespace {

struct Range {
  uint64_t begin = 0, end = 0;
};

using RangesOfFiles = std::map<std::string, std::vector<Range>>;

RangesOfFiles ranges_of_bundle(const Bundle& bundle) {
  RangesOfFiles ranges;
  const BundleIndex& index = bundle.index();
  for (const auto* entries : {&index.tensors, &index.parts}) {
    for (const BundleEntry& entry : *entries) {
      if (!entry.slices.empty()) continue;
      const auto path = shard_path(bundle.path(), entry.shard, index.n_shards);
      ranges[path.string()].push_back({entry.offset, entry.offset + entry.n_bytes});
    }
  }
  return ranges;
}

RangesOfFiles ranges_of(const TensorSource& source) {
  RangesOfFiles ranges;
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    if (const auto place = source.place(i)) {
      ranges[place->file].push_back({place->offset, place->offset + source.tensors()[i].n_bytes});
    }
  }
  return ranges;
}

// The ranges between `begin` and the file's end, or two tensors, of at least min_bytes that no
// tensor has.
std::vector<Range> holes(std::vector<Range> ranges, uint64_t begin, uint64_t file_size,
                         uint64_t min_bytes) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  ranges.push_back({file_size, file_size});
  std::vector<Range> found;
  for (const Range& range : ranges) {
    if (range.begin >= begin + min_bytes) found.push_back({begin, range.begin});
    begin = std::max(begin, range.end);
  }
  return found;
}

VerifyFinding hole_finding(const std::string& path, const Range& hole) {
  return {.level = VerifyFinding::kWarning,
          .check = "layout",
          .tensor = "",
          .text = path + ": byte " + std::to_string(hole.begin) + " to " +
                  std::to_string(hole.end - 1) + ": expected a tensor's bytes, found " +
                  std::to_string(hole.end - hole.begin) + " that are no tensor's"};
}

}  // namespace

std::vector<VerifyFinding> verify_layout(const Checkpoint& checkpoint) {
  constexpr size_t kMaxHoles = 20;  // of a file
  const TensorSource& source = *checkpoint.source;
  const auto* bundle = dynamic_cast<const Bundle*>(&source);
  const bool is_gguf = checkpoint.files.format == Format::kGguf;
  // safetensors and llm.c have been held against their file's size; other formats have headers
  // between tensors.
  if (bundle == nullptr && !is_gguf) return {};
  const uint64_t alignment =
      is_gguf ? source.metadata().value("general.alignment", uint64_t{32}) : 1;
  std::vector<VerifyFinding> findings;
  for (auto& [path, ranges] : bundle != nullptr ? ranges_of_bundle(*bundle) : ranges_of(source)) {
    uint64_t begin = 0;
    if (is_gguf) {  // its header is before the first
      const auto first =
          std::min_element(ranges.begin(), ranges.end(),
                           [](const Range& a, const Range& b) { return a.begin < b.begin; });
      begin = first->begin;
    }
    const auto found = holes(ranges, begin, InputFile(path).size(), alignment);
    for (size_t i = 0; i < std::min(found.size(), kMaxHoles); ++i) {
      findings.push_back(hole_finding(path, found[i]));
    }
    if (found.size() > kMaxHoles) {
      findings.push_back(
          {.level = VerifyFinding::kWarning,
           .check = "layout",
           .tensor = "",
           .text = path + ": " + std::to_string(found.size() - kMaxHoles) + " more such holes"});
    }
  }
  return findings;
}

}  // namespace gpt2run
