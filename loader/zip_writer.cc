// write_zip where there is libzip.
#include "loader/zip_writer.h"

#include <zip.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "base/error.h"
#include "base/output_file.h"

namespace gpt2run {
namespace {

// No exception may pass through libzip: it is kept here, and libzip told that the call failed.
struct Failure {
  Failure() { zip_error_init(&error); }
  ~Failure() { zip_error_fini(&error); }
  Failure(const Failure&) = delete;
  Failure& operator=(const Failure&) = delete;

  // What call returns; -1 if it throws.
  template <class Call>
  zip_int64_t guard(int libzip_code, Call call) {
    try {
      return call();
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
      zip_error_set(&error, libzip_code, 0);
      return -1;
    }
  }

  zip_error_t error;  // of the last command, as libzip asks for it
  std::exception_ptr thrown;
};

// What libzip knows about bytes of that length.
zip_int64_t tell_size(uint64_t n_bytes, void* data, zip_uint64_t n) {
  if (n < sizeof(zip_stat_t)) return -1;
  auto* stat = static_cast<zip_stat_t*>(data);
  zip_stat_init(stat);
  stat->valid = ZIP_STAT_SIZE;
  stat->size = n_bytes;
  return sizeof(zip_stat_t);
}

// A member's bytes, as libzip reads them.
struct MemberSource {
  size_t index;
  uint64_t n_bytes;
  const std::function<ReadMember(size_t index)>* open_member;
  Failure* failure;
  ReadMember read = {};  // while it is open
  uint64_t n_left = 0;

  zip_int64_t open() {
    return failure->guard(ZIP_ER_OPEN, [&] {
      read = (*open_member)(index);
      n_left = n_bytes;
      return 0;
    });
  }

  zip_int64_t take(void* data, zip_uint64_t n) {
    const size_t n_read = std::min<uint64_t>(n, n_left);
    return failure->guard(ZIP_ER_READ, [&] {
      if (n_read > 0) read(static_cast<char*>(data), n_read);
      n_left -= n_read;
      return static_cast<zip_int64_t>(n_read);
    });
  }

  static zip_int64_t on_command(void* handle, void* data, zip_uint64_t n,
                                zip_source_cmd_t command) {
    MemberSource& self = *static_cast<MemberSource*>(handle);
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              -1);
      case ZIP_SOURCE_OPEN:
        return self.open();
      case ZIP_SOURCE_READ:
        return self.take(data, n);
      case ZIP_SOURCE_CLOSE:
        self.read = {};
        return 0;
      case ZIP_SOURCE_STAT:
        return tell_size(self.n_bytes, data, n);
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&self.failure->error, data, n);
      case ZIP_SOURCE_FREE:
        return 0;
      default:
        zip_error_set(&self.failure->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }
};

// The archive's own bytes, as libzip writes them: in order, but for headers that it fills in later.
struct ArchiveTarget {
  OutputFile* file;
  Failure* failure;
  uint64_t at = 0;

  zip_int64_t write(const void* data, zip_uint64_t n) {
    return failure->guard(ZIP_ER_WRITE, [&] {
      const std::string_view bytes(static_cast<const char*>(data), n);
      const uint64_t n_within = std::min<uint64_t>(file->n_written() - at, n);
      if (n_within > 0) file->write_at(at, bytes.substr(0, n_within));
      file->write(bytes.substr(n_within));
      at += n;
      return static_cast<zip_int64_t>(n);
    });
  }

  zip_int64_t seek(void* data, zip_uint64_t n) {
    const zip_int64_t to =
        zip_source_seek_compute_offset(at, file->n_written(), data, n, &failure->error);
    if (to < 0) return -1;
    at = static_cast<uint64_t>(to);
    return 0;
  }

  static zip_int64_t on_command(void* handle, void* data, zip_uint64_t n,
                                zip_source_cmd_t command) {
    ArchiveTarget& self = *static_cast<ArchiveTarget*>(handle);
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
      case ZIP_SOURCE_STAT:
        return tell_size(self.file->n_written(), data, n);
      case ZIP_SOURCE_OPEN:  // to look at what is there, which nothing does
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_BEGIN_WRITE:
      case ZIP_SOURCE_COMMIT_WRITE:
      case ZIP_SOURCE_ROLLBACK_WRITE:
      case ZIP_SOURCE_FREE:
        return 0;
      case ZIP_SOURCE_WRITE:
        return self.write(data, n);
      case ZIP_SOURCE_SEEK_WRITE:
        return self.seek(data, n);
      case ZIP_SOURCE_TELL_WRITE:
        return static_cast<zip_int64_t>(self.at);
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&self.failure->error, data, n);
      default:
        zip_error_set(&self.failure->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }
};

class ZipWriter {
 public:
  ZipWriter(const std::filesystem::path& path, uint64_t most_bytes)
      : file_(path, most_bytes), target_{&file_, &failure_} {
    zip_error_t* const error = &failure_.error;
    zip_source_t* source = zip_source_function_create(ArchiveTarget::on_command, &target_, error);
    if (source != nullptr) zip_ = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, error);
    if (zip_ != nullptr) return;
    if (source != nullptr) zip_source_free(source);
    fail(error);
  }

  ~ZipWriter() {
    if (zip_ != nullptr) zip_discard(zip_);
  }

  void write(const std::vector<MemberToWrite>& members,
             const std::function<ReadMember(size_t index)>& open) {
    sources_.reserve(members.size());  // libzip keeps pointers to them
    for (size_t i = 0; i < members.size(); ++i) {
      sources_.push_back({i, members[i].n_bytes, &open, &failure_});
      add(members[i].name, sources_.back());
    }
    if (zip_close(zip_) != 0) fail(zip_get_error(zip_));  // this writes them
    zip_ = nullptr;
    file_.finish();
  }

 private:
  void add(const std::string& name, MemberSource& member) {
    constexpr uint16_t kMidnight = 0, kFirstDay = 1 << 5 | 1;  // of 1980
    zip_source_t* source = zip_source_function(zip_, MemberSource::on_command, &member);
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(zip_, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (source != nullptr && index < 0) zip_source_free(source);
    if (index < 0 ||
        zip_set_file_compression(zip_, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip_, static_cast<zip_uint64_t>(index), kMidnight, kFirstDay, 0) !=
            0) {
      fail(zip_get_error(zip_));
    }
  }

  [[noreturn]] void fail(zip_error_t* reason) {
    if (failure_.thrown) std::rethrow_exception(std::exchange(failure_.thrown, nullptr));
    if (zip_error_code_zip(reason) == ZIP_ER_MEMORY) throw std::bad_alloc();
    throw InputError(ErrorKind::kRuntime, file_.path().string() + ": cannot be written (" +
                                              zip_error_strerror(reason) + ")");
  }

  Failure failure_;
  OutputFile file_;
  ArchiveTarget target_;
  std::vector<MemberSource> sources_;
  zip_t* zip_ = nullptr;
};

// At least as many bytes as the archive will have.
uint64_t most_bytes_of(const std::vector<MemberToWrite>& members) {
  constexpr uint64_t kEnd = 22 + 20 + 56;          // of the directory, in zip64 too
  constexpr uint64_t kHeaders = 30 + 46 + 2 * 64;  // a member's local one, that in the directory
  uint64_t n = kEnd;
  for (const MemberToWrite& member : members) {
    n += kHeaders + 2 * member.name.size() + member.n_bytes;
  }
  return n;
}

}  // namespace

void write_zip(const std::filesystem::path& path, const std::vector<MemberToWrite>& members,
               const std::function<ReadMember(size_t index)>& open) {
  ZipWriter(path, most_bytes_of(members)).write(members, open);
}

}  // namespace gpt2run
