#include "tools/optional_libraries.h"

namespace gpt2run {

std::string optional_libraries_text() {
  std::string text;
#ifdef GPT2RUN_HAVE_LIBZIP
  text += "libzip " LIBZIP_VERSION "\n";
#else
  text += "libzip: not in this build, which reads no .npz and no zipped PyTorch file\n";
#endif
  return text;
}

}  // namespace gpt2run
