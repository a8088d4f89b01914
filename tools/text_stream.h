#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace gpt2run {

// Text that is shown as it is made. Tokens may end inside a UTF-8 character: its bytes are held
// back until it is whole. Bytes that cannot become a character are shown as U+FFFD, so that what
// comes out in all is utf8_replace_invalid() of what went in.
class TextStream {
 public:
  using Sink = std::function<void(std::string_view text)>;
  explicit TextStream(Sink sink) : sink_(std::move(sink)) {}

  void write(std::string_view bytes);
  void finish();  // shows what is held back

 private:
  Sink sink_;
  std::string pending_;
};

}  // namespace gpt2run
