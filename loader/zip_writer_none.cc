// write_zip in a build without libzip: refused, saying so.
#include "base/error.h"
#include "loader/zip_writer.h"

namespace gpt2run {

void write_zip(const std::filesystem::path& path, const std::vector<MemberToWrite>&,
               const std::function<ReadMember(size_t index)>&) {
  throw InputError(ErrorKind::kUnsupported,
                   path.string() +
                       ": is a zip file, which this build cannot write, as it has no libzip; "
                       "install libzip-dev and build it again, or write another format");
}

}  // namespace gpt2run
