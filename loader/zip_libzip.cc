// ZipArchive where there is libzip.
#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "loader/checkpoint_error.h"
#include "loader/tensor_checks.h"
#include "loader/zip_archive.h"
#include "loader/zip_handle.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxMembers = 100000;
constexpr uint64_t kMaxDeflateRatio = 1032;  // at best, two bits stand for 258 bytes

// What an entry says, checked; its bytes in the file are added to n_stored_bytes.
ZipMember describe(ZipHandle& handle, const InputFile& file, size_t index,
                   uint64_t& n_stored_bytes) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                   ZIP_STAT_COMP_METHOD | ZIP_STAT_CRC | ZIP_STAT_ENCRYPTION_METHOD;
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(handle.get(), index, ZIP_FL_ENC_RAW, &stat) != 0 ||
      (stat.valid & kNeeded) != kNeeded) {
    handle.fail("zip directory", "entry " + std::to_string(index) + " is damaged",
                zip_get_error(handle.get()));
  }
  const auto refuse = [&](ErrorKind kind, const std::string& what) {
    throw CheckpointError(kind, file.path().string(), member_text(stat.name), what);
  };
  const bool is_stored = stat.comp_method == ZIP_CM_STORE;
  if (stat.encryption_method != ZIP_EM_NONE) {
    refuse(ErrorKind::kUnsupported, "is encrypted, which is not read; unpack and save it again");
  }
  if (!is_stored && stat.comp_method != ZIP_CM_DEFLATE) {
    refuse(ErrorKind::kUnsupported, "expected it stored or deflated, found compression method " +
                                        std::to_string(stat.comp_method));
  }
  uint64_t most = stat.comp_size;
  if (!is_stored && __builtin_mul_overflow(most, kMaxDeflateRatio, &most)) most = UINT64_MAX;
  if (stat.size > most || (is_stored && stat.size != most)) {
    refuse(ErrorKind::kCorrupt, "claims " + std::to_string(stat.size) + " bytes, made of " +
                                    std::to_string(stat.comp_size) +
                                    " in the file, which cannot be");
  }
  if (__builtin_add_overflow(n_stored_bytes, stat.comp_size, &n_stored_bytes) ||
      n_stored_bytes > file.size()) {
    refuse(ErrorKind::kCorrupt, "with it the members claim more than the file's " +
                                    std::to_string(file.size()) +
                                    " bytes; the file is cut off, or its members overlap");
  }
  return {stat.name, stat.size, is_stored};
}

}  // namespace

struct ZipArchive::Handles {
  explicit Handles(const std::filesystem::path& path) : file(path) {}

  InputFile file;
  std::mutex mutex;
  std::vector<std::unique_ptr<ZipHandle>> idle;

  std::unique_ptr<ZipHandle> take() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!idle.empty()) {
        auto handle = std::move(idle.back());
        idle.pop_back();
        return handle;
      }
    }
    return std::make_unique<ZipHandle>(file);
  }

  void give_back(std::unique_ptr<ZipHandle> handle) noexcept {
    const std::lock_guard<std::mutex> lock(mutex);
    try {
      idle.push_back(std::move(handle));
    } catch (const std::bad_alloc&) {
      // The next read makes another.
    }
  }
};

namespace {

// Gives its handle back to the archive when it goes.
template <class Handles>
class LibzipStream : public ZipStream {
 public:
  LibzipStream(Handles& handles, size_t index, const ZipMember& member)
      : handles_(handles), handle_(handles.take()), member_(member), left_(member.n_bytes) {
    file_ = zip_fopen_index(handle_->get(), index, 0);
    if (file_ == nullptr) {
      handle_->fail(member_text(member_.name),
                    "cannot be opened; the file is damaged: download it again",
                    zip_get_error(handle_->get()));
    }
  }

  ~LibzipStream() override {
    zip_fclose(file_);
    handles_.give_back(std::move(handle_));
  }

  void read(void* buffer, size_t n) override {
    if (n > left_) fail("ends " + std::to_string(n - left_) + " bytes too early");
    for (size_t done = 0; done < n;) {
      const zip_int64_t n_read = zip_fread(file_, static_cast<char*>(buffer) + done, n - done);
      if (n_read <= 0) fail("cannot be unpacked; the file is damaged: download it again");
      done += static_cast<size_t>(n_read);
    }
    left_ -= n;
  }

  void seek(uint64_t offset) override {
    if (offset > member_.n_bytes ||
        zip_fseek(file_, static_cast<zip_int64_t>(offset), SEEK_SET) != 0) {
      fail("cannot be read from byte " + std::to_string(offset));
    }
    left_ = member_.n_bytes - offset;
  }

  std::optional<uint64_t> next_offset() override {
    if (left_ == 0) return std::nullopt;
    char next = 0;
    read(&next, 1);
    return handle_->last_read_at();
  }

  void finish() override {
    skip(left_);
    char beyond = 0;  // libzip compares length and CRC-32 at the end
    if (zip_fread(file_, &beyond, 1) != 0) {
      fail(
          "expected the length and CRC-32 that the zip directory gives, found others; the file is "
          "damaged: download it again");
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    handle_->fail(member_text(member_.name), what, zip_file_get_error(file_));
  }

  Handles& handles_;
  std::unique_ptr<ZipHandle> handle_;
  const ZipMember& member_;
  zip_file_t* file_ = nullptr;
  uint64_t left_ = 0;  // bytes
};

}  // namespace

ZipArchive::ZipArchive(const std::filesystem::path& path)
    : path_(path.string()), handles_(std::make_unique<Handles>(path)) {
  refuse_failed_download(handles_->file);
  auto handle = handles_->take();
  const auto n = static_cast<size_t>(zip_get_num_entries(handle->get(), 0));
  if (n > kMaxMembers) {
    throw CheckpointError(
        ErrorKind::kUnsupported, path_, "zip directory",
        "expected at most " + std::to_string(kMaxMembers) + " members, found " + std::to_string(n));
  }
  uint64_t n_stored_bytes = 0;
  for (size_t i = 0; i < n; ++i) {
    members_.push_back(describe(*handle, handles_->file, i, n_stored_bytes));
  }
  is_checked_ = std::make_unique<std::atomic<bool>[]>(n);
  handles_->give_back(std::move(handle));
}

ZipArchive::~ZipArchive() = default;

std::unique_ptr<ZipStream> ZipArchive::open(size_t member) const {
  return std::make_unique<LibzipStream<Handles>>(*handles_, member, members_[member]);
}

bool has_libzip() {
  return true;
}

}  // namespace gpt2run
