#include "tools/text_stream.h"

#include "base/utf8.h"

namespace gpt2run {

void TextStream::write(std::string_view bytes) {
  pending_ += bytes;
  const size_t n_complete = utf8_complete_prefix(pending_);
  if (n_complete == 0) return;
  sink_(utf8_replace_invalid(std::string_view(pending_).substr(0, n_complete)));
  pending_.erase(0, n_complete);
}

void TextStream::finish() {
  if (!pending_.empty()) sink_(utf8_replace_invalid(pending_));
  pending_.clear();
}

}  // namespace gpt2run
