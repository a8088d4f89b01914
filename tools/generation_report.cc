#include "tools/generation_report.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "tools/memory.h"

namespace gpt2run {
namespace {

using Json = nlohmann::ordered_json;

Json rate(size_t n_tokens, double seconds) {
  return n_tokens > 0 && seconds > 0 ? Json(static_cast<double>(n_tokens) / seconds) : Json();
}

// "2 tokens in 0.003 s, 650.1 tok/s"
std::string rate_text(size_t n_tokens, double seconds) {
  char text[128];
  const double per_second = seconds > 0 ? static_cast<double>(n_tokens) / seconds : 0;
  std::snprintf(text, sizeof(text), "%zu tokens in %.3f s, %.1f tok/s", n_tokens, seconds,
                per_second);
  return text;
}

std::string seconds_text(double seconds) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.3f s", seconds);
  return text;
}

Json count_json(const DraftCount& count) {
  return {{"guessed", count.n_guessed}, {"accepted", count.n_right}, {"refused", count.n_wrong}};
}

Json draft_json(const DraftReport& report) {
  return {{"passes", report.n_passes},
          {"int4", count_json(report.copy)},
          {"lookup", count_json(report.lookup)}};
}

// "51 passes; of 60 tokens guessed by int4 52 accepted, of 0 looked up 0"
std::string draft_text(const DraftReport& report) {
  const auto text = [](int n) { return std::to_string(n); };
  return text(report.n_passes) + " passes; of " + text(report.copy.n_guessed) +
         " tokens guessed by int4 " + text(report.copy.n_right) + " accepted, of " +
         text(report.lookup.n_guessed) + " looked up " + text(report.lookup.n_right);
}

}  // namespace

const char* finish_reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::kLength:
      return "length";
    case FinishReason::kEot:
      return "eot";
    case FinishReason::kContext:
      return "context";
    case FinishReason::kStopped:
      return "stopped";
  }
  return "";
}

std::string to_json(const Generation& generation) {
  const GenerateResult& result = generation.result;
  Json json;
  json["prompt_ids"] = generation.prompt_ids;
  json["ids"] = generation.ids;
  json["text"] = utf8_replace_invalid(generation.bytes);
  json["finish_reason"] = finish_reason_name(result.finish_reason);
  json["weights"] = {{"dtype", weight_type_name(generation.dtype)},
                     {"bytes", generation.load.n_bytes_packed}};
  json["timings"] = {
      {"load_seconds", generation.load_seconds},
      {"prefill_seconds", result.prefill_seconds},
      {"first_token_seconds", result.first_token_seconds},
      {"decode_seconds", result.decode_seconds},
      {"prefill_tokens_per_second", rate(generation.prompt_ids.size(), result.prefill_seconds)},
      {"decode_tokens_per_second",
       rate(static_cast<size_t>(result.n_decoded), result.decode_seconds)}};
  if (generation.is_drafted) json["draft"] = draft_json(result.draft);
  return json.dump() + "\n";
}

std::string stats_text(const Generation& generation) {
  const GenerateResult& result = generation.result;
  const LoadReport& load = generation.load;
  return "load:         " + seconds_text(generation.load_seconds) + ", " +
         std::to_string(load.n_tensors) + " tensors of " +
         megabytes(static_cast<double>(load.n_bytes_read)) + "; as " +
         weight_type_name(generation.dtype) + " " +
         megabytes(static_cast<double>(load.n_bytes_packed)) + "; skipped " +
         std::to_string(load.n_skipped) + " tensors of " +
         megabytes(static_cast<double>(load.n_bytes_skipped)) + "\n" +
         "prefill:      " + rate_text(generation.prompt_ids.size(), result.prefill_seconds) + "\n" +
         "first token:  " + seconds_text(result.first_token_seconds) + "\n" + "decode:       " +
         rate_text(static_cast<size_t>(result.n_decoded), result.decode_seconds) + "\n" +
         (generation.is_drafted ? "draft:        " + draft_text(result.draft) + "\n" : "") +
         "peak memory:  " + megabytes(static_cast<double>(peak_memory_bytes())) + "\n";
}

}  // namespace gpt2run
