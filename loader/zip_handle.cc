#include "loader/zip_handle.h"

#include <algorithm>
#include <new>
#include <utility>

#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

struct Reason {
  Reason() { zip_error_init(&error); }
  ~Reason() { zip_error_fini(&error); }
  Reason(const Reason&) = delete;
  Reason& operator=(const Reason&) = delete;
  zip_error_t error;
};

}  // namespace

ZipHandle::ZipHandle(const InputFile& file) : file_(file) {
  zip_error_init(&error_);
  Reason reason;
  zip_source_t* source = zip_source_function_create(on_command, this, &reason.error);
  if (source != nullptr) zip_ = zip_open_from_source(source, ZIP_RDONLY, &reason.error);
  if (zip_ != nullptr) return;
  if (source != nullptr) zip_source_free(source);
  fail("zip directory",
       "expected one at the file's end, found none that is whole; the file is cut off or damaged: "
       "download it again",
       &reason.error);
}

ZipHandle::~ZipHandle() {
  zip_discard(zip_);
  zip_error_fini(&error_);
}

void ZipHandle::fail(const std::string& where, const std::string& what, zip_error_t* reason) {
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (zip_error_code_zip(reason) == ZIP_ER_MEMORY) throw std::bad_alloc();
  throw CheckpointError(ErrorKind::kCorrupt, file_.path().string(), where,
                        what + " (" + zip_error_strerror(reason) + ")");
}

zip_int64_t ZipHandle::read(void* data, zip_uint64_t n) {
  const size_t n_read = std::min<uint64_t>(n, file_.size() - std::min(at_, file_.size()));
  try {
    file_.read_at(at_, data, n_read);
  } catch (...) {
    thrown_ = std::current_exception();
    zip_error_set(&error_, ZIP_ER_READ, 0);
    return -1;
  }
  last_read_at_ = at_;
  at_ += n_read;
  return static_cast<zip_int64_t>(n_read);
}

zip_int64_t ZipHandle::seek(void* data, zip_uint64_t n) {
  const zip_int64_t at = zip_source_seek_compute_offset(at_, file_.size(), data, n, &error_);
  if (at < 0) return -1;
  at_ = static_cast<uint64_t>(at);
  return 0;
}

zip_int64_t ZipHandle::stat(void* data, zip_uint64_t n) const {
  if (n < sizeof(zip_stat_t)) return -1;
  auto* stat = static_cast<zip_stat_t*>(data);
  zip_stat_init(stat);
  stat->valid = ZIP_STAT_SIZE;
  stat->size = file_.size();
  return sizeof(zip_stat_t);
}

zip_int64_t ZipHandle::on_command(void* handle, void* data, zip_uint64_t n,
                                  zip_source_cmd_t command) {
  ZipHandle& self = *static_cast<ZipHandle*>(handle);
  switch (command) {
    case ZIP_SOURCE_SUPPORTS:
      return ZIP_SOURCE_SUPPORTS_SEEKABLE;
    case ZIP_SOURCE_OPEN:
      self.at_ = 0;
      return 0;
    case ZIP_SOURCE_READ:
      return self.read(data, n);
    case ZIP_SOURCE_SEEK:
      return self.seek(data, n);
    case ZIP_SOURCE_TELL:
      return static_cast<zip_int64_t>(self.at_);
    case ZIP_SOURCE_STAT:
      return self.stat(data, n);
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data(&self.error_, data, n);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
      return 0;
    default:
      zip_error_set(&self.error_, ZIP_ER_OPNOTSUPP, 0);
      return -1;
  }
}

}  // namespace gpt2run
