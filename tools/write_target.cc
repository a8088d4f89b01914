#include "tools/write_target.h"

#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/vocabulary_text.h"
#include "loader/folder_listing.h"
#include "loader/write_config.h"
#include "tools/loading_progress.h"
#include "tools/stop_signals.h"

namespace gpt2run {
namespace {

using std::filesystem::path;

// The small files beside a target. Those that were not there are taken away with the object, unless
// they are kept.
class FilesBeside {
 public:
  FilesBeside(const path& target, const ModelToWrite& model) : folder_(target.parent_path()) {
    add("hparams.json", hparams_json_text(model.hparams));
    if (model.vocabulary == nullptr) return;
    add("encoder.json", encoder_json_text(*model.vocabulary));
    add("vocab.bpe", merges_text(*model.vocabulary));
  }
  ~FilesBeside() {
    std::error_code ignored;
    for (const path& file : written_) std::filesystem::remove(file, ignored);
  }
  FilesBeside(const FilesBeside&) = delete;
  FilesBeside& operator=(const FilesBeside&) = delete;

  void write() {
    for (const auto& [name, text] : missing_) {
      AtomicFile file(folder_ / name);
      file.write(text);
      file.commit();
      written_.push_back(folder_ / name);
    }
  }
  void keep() { written_.clear(); }

 private:
  // Errors: InputError kRuntime if another file of that name is there.
  void add(const char* name, std::string text) {
    constexpr size_t kMaxBytes = size_t{64} << 20;
    const path file = folder_ / name;
    if (!is_there(file)) {
      missing_.emplace_back(name, std::move(text));
    } else if (read_file(file, kMaxBytes, ErrorKind::kRuntime) != text) {
      throw InputError(ErrorKind::kRuntime,
                       file.string() +
                           ": is there already and says something else than the model; "
                           "write to another folder");
    }
  }

  path folder_;
  std::vector<std::pair<const char*, std::string>> missing_;
  std::vector<path> written_;
};

}  // namespace

void write_target(const ModelToWrite& model, const Target& target, bool quiet, const char* verb) {
  const StopSignals signals;
  LoadingProgress progress(STDERR_FILENO, quiet, LoadingProgress::kDelay, verb);
  const auto on_progress = [&](uint64_t n_done, uint64_t n_total) {
    signals.check();
    progress.show(n_done, n_total);
  };
  const auto write = [&] {
    write_checkpoint(model, target.path, target.format, target.dtype, target.overwrite,
                     on_progress);
  };
  if (target.format != TargetFormat::kNpz) {
    write();
    return;
  }
  FilesBeside beside(target.path, model);
  beside.write();
  write();
  beside.keep();
}

}  // namespace gpt2run
