#include "tools/cmd_diagnose.h"

#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "loader/diagnose.h"
#include "model/load_tokenizer.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/loading_progress.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

constexpr const char* kUsage = R"(Usage: gpt2ckpt diagnose [--json] [FLAG...] CHECKPOINT
)";

constexpr const char* kExamples =
    R"(Prints "loads" for a model that loads, and nothing else. Reads all of it: checksums, NaN.

--json prints one object: "path", "loads", "exit_code" and "findings", a list of
  {"kind": "unknown-prefix", "exit_code": 5, "cause": TEXT, "evidence": [TEXT...], "remedy": TEXT,
   "commands": [TEXT...], "is_choice": false, "n_head_choices": []}
The commands are for a shell, in this order; where "is_choice" is true they are alternatives. Weights
do not tell n_head: where a command needs it, it takes the first of "n_head_choices".

Examples:
  gpt2ckpt diagnose my-model
  gpt2ckpt diagnose --json my-model/model.ckpt-1000 --vocab models/124M
)";

struct DiagnoseArguments {
  ModelArguments model;
  bool json = false;
};

nlohmann::ordered_json to_json(const LoadFinding& finding) {
  return {{"kind", finding_name(finding.kind)},
          {"exit_code", exit_code(finding.error)},
          {"cause", finding.cause},
          {"evidence", finding.evidence},
          {"remedy", finding.remedy},
          {"commands", finding.commands},
          {"is_choice", finding.is_choice},
          {"n_head_choices", finding.n_head_choices}};
}

std::string json_text(const std::string& path, int code, const std::vector<LoadFinding>& findings) {
  nlohmann::ordered_json report = {
      {"path", path}, {"loads", findings.empty()}, {"exit_code", code}};
  report["findings"] = nlohmann::ordered_json::array();
  for (const LoadFinding& finding : findings) report["findings"].push_back(to_json(finding));
  return report.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string people_text(const std::string& path, const std::vector<LoadFinding>& findings) {
  const size_t n = findings.size();
  if (n == 0) return "loads\n";
  std::string text = printable_line(path) + " does not load: " + std::to_string(n) +
                     (n == 1 ? " finding\n" : " findings\n");
  for (size_t i = 0; i < n; ++i) {
    const LoadFinding& finding = findings[i];
    text += "\n" + std::to_string(i + 1) + ". " + printable_line(finding.cause) + "\n";
    for (const std::string& line : finding.evidence) text += "   - " + printable_line(line) + "\n";
    if (!finding.remedy.empty()) {
      text += "   what to do: " + printable_line(finding.remedy) +
              (finding.is_choice ? " (one of these)" : "") +
              (finding.commands.empty() ? "\n" : ":\n");
    }
    // A command stays as it is: it must do what it says.
    for (const std::string& command : finding.commands) {
      text += "       " + printable_lines(command) + "\n";
    }
  }
  return text;
}

int cmd_diagnose(const DiagnoseArguments& arguments) {
  const ModelArguments& model = arguments.model;
  LoadRequest request;
  request.model = model.model;
  request.hparams = model.hparams;
  request.vocab = model.vocab;
  request.name_map = model.name_map;
  request.skip = model.skip;
  request.allow_missing = model.allow_missing;
  const auto count_tokens = [](const Checkpoint& checkpoint) {
    return load_tokenizer(checkpoint).n_vocab();
  };
  std::vector<std::string> notices;
  std::vector<LoadFinding> findings;
  {
    LoadingProgress progress(STDERR_FILENO, model.quiet);
    findings = diagnose(request, count_tokens, notices,
                        [&](uint64_t n_done, uint64_t n_total) { progress.show(n_done, n_total); });
  }
  if (!model.quiet) {
    for (const std::string& notice : notices) print_notice(notice);
  }
  const std::string path = request.model.string();
  const int code = findings.empty() ? kExitOk : exit_code(findings.front().error);
  write_stdout(arguments.json ? json_text(path, code, findings) : people_text(path, findings));
  return code;
}

std::function<int()> add(CLI::App& app) {
  const auto arguments = std::make_shared<DiagnoseArguments>();
  add_value(app, "CHECKPOINT", "", arguments->model.model, parse_path,
            "the model's folder, its checkpoint (any format) or one of its files")
      ->required();
  add_value(app, "--vocab", "DIR", arguments->model.vocab, parse_path,
            "folder of the vocabulary (default: in or beside the checkpoint)");
  add_checkpoint_flags(app, arguments->model);
  app.add_flag("--json", arguments->json, "one JSON object instead of text");
  app.add_flag("-q,--quiet", arguments->model.quiet, "nothing on stderr but errors");
  return [arguments] { return cmd_diagnose(*arguments); };
}

}  // namespace

const CkptCommand kDiagnoseCommand = {
    "diagnose", "Says why a model does not load, and what mends it.", kUsage, kExamples, add};

}  // namespace gpt2run
