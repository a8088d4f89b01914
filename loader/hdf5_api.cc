#include "loader/hdf5_api.h"

#include <dlfcn.h>

#include "base/printable.h"
#include "loader/checkpoint_error.h"

#define GPT2RUN_TEXT_OF(text) #text
#define GPT2RUN_EXPANDED_TEXT_OF(text) GPT2RUN_TEXT_OF(text)

namespace gpt2run {
namespace {

[[noreturn]] void throw_absent(const std::string& path, const char* reason) {
  throw CheckpointError(ErrorKind::kUnsupported, path, "",
                        std::string("is an HDF5 file, and HDF5's library cannot be loaded: ") +
                            (reason == nullptr ? "unknown reason" : reason) +
                            "; install Debian's libhdf5-dev");
}

Hdf5Api load(const std::string& path) {
  void* const library = ::dlopen(GPT2RUN_HDF5_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw_absent(path, ::dlerror());
  Hdf5Api api;
  const auto find = [&](auto& member, const char* name) {
    void* const address = ::dlsym(library, name);
    if (address == nullptr) throw_absent(path, ::dlerror());
    member = reinterpret_cast<std::remove_reference_t<decltype(member)>>(address);
  };
#define GPT2RUN_HDF5_FIND(symbol) find(api.symbol, GPT2RUN_EXPANDED_TEXT_OF(symbol));
  GPT2RUN_HDF5_SYMBOLS(GPT2RUN_HDF5_FIND)
#undef GPT2RUN_HDF5_FIND
  if (api.H5open() < 0) throw_absent(path, "it does not start");
  api.H5PLset_loading_state(0);  // filters that a file names are never loaded from elsewhere
  return api;
}

const Hdf5Api& loaded_api(const std::string& path) {
  static const Hdf5Api api = load(path);  // tried again if it throws
  return api;
}

std::unique_lock<std::mutex> locked() {
  static std::mutex mutex;
  return std::unique_lock(mutex);
}

}  // namespace

Hdf5Session::Hdf5Session(const std::string& path) : lock_(locked()), api_(loaded_api(path)) {
  api_.H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // a setting of this thread's
}

std::string Hdf5Session::take_error() const {
  std::string text;
  const auto keep_first = [](unsigned, const H5E_error2_t* error, void* kept) -> herr_t {
    auto& first = *static_cast<std::string*>(kept);
    if (first.empty() && error->desc != nullptr) first = error->desc;
    return 0;
  };
  api_.H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  api_.H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "no reason given" : printable(text);
}

}  // namespace gpt2run
