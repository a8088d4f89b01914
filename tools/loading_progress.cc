#include "tools/loading_progress.h"

#include <unistd.h>

#include <cstdio>

#include "tools/memory.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

std::chrono::steady_clock::duration seconds(double n) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(n));
}

}  // namespace

LoadingProgress::LoadingProgress(int fd, bool quiet, double delay_seconds, const char* verb)
    : fd_(fd),
      active_(!quiet && is_terminal(fd)),
      verb_(verb),
      next_(std::chrono::steady_clock::now() + seconds(delay_seconds)) {}

LoadingProgress::~LoadingProgress() {
  // Nothing here may throw, hence no string.
  if (n_shown_ > 0) ::dprintf(fd_, "\r%*s\r", static_cast<int>(n_shown_), "");
}

void LoadingProgress::show(uint64_t n_done, uint64_t n_total) {
  const auto now = std::chrono::steady_clock::now();
  if (!active_ || n_total == 0 || now < next_) return;
  next_ = now + seconds(0.1);
  const double done = static_cast<double>(n_done), total = static_cast<double>(n_total);
  rewrite_line(std::string(verb_) + " " + megabytes(total) + ": " +
               std::to_string(static_cast<int>(100 * done / total)) + " %");
}

void LoadingProgress::rewrite_line(const std::string& text) {
  std::string line = "\r" + text;
  if (text.size() < n_shown_) line += std::string(n_shown_ - text.size(), ' ');
  n_shown_ = text.size();
  [[maybe_unused]] const ssize_t ignored = ::write(fd_, line.data(), line.size());
}

}  // namespace gpt2run
