#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace gpt2run {

// Every system call through which OutputFile and AtomicOutput change the disk is made here. Each
// returns what the system call does, with errno set.
namespace output_calls {

int open(const std::string& path, int flags);  // a file, 0666 less the umask
int mkdir(const std::string& path);            // 0777 less the umask
ssize_t write(int fd, const void* bytes, size_t n_bytes, uint64_t offset);
int reserve(int fd, uint64_t n_bytes);  // 0 too where the file system cannot do it
int truncate(int fd, uint64_t n_bytes);
int sync(int fd);
int sync_folder(const std::string& path);
int rename(const std::string& from, const std::string& to);         // replaces what is there
int rename_to_new(const std::string& from, const std::string& to);  // EEXIST if something is
int exchange(const std::string& a, const std::string& b);           // both must be there
int remove_file(const std::string& path);
int remove_folder(const std::string& path);

// For tests: called before each of them with its name; where it returns another number than 0, the
// call is not made and fails with that errno. Not while another thread writes.
using Before = std::function<int(const char* call)>;
void set_before(Before before);

}  // namespace output_calls
}  // namespace gpt2run
