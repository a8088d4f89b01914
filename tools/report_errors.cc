#include "tools/report_errors.h"

#include <new>
#include <string>

#include "base/error.h"
#include "loader/checkpoint_error.h"
#include "tools/exit_code.h"
#include "tools/standard_streams.h"

namespace gpt2run {

int report_errors(const std::function<int()>& body) {
  try {
    return body();
  } catch (const UsageError& error) {
    print_error(std::string(error.what()) + " (" + program_name() + " --help lists the flags)");
    return kExitUsage;
  } catch (const CheckpointError& error) {
    // Of these, the list of what does not fit is the one message of several lines.
    const auto print = error.kind() == ErrorKind::kMismatch ? print_error_lines : print_error;
    print(error.what());
    return exit_code(error.kind());
  } catch (const InputError& error) {
    print_error(error.what());
    return exit_code(error.kind());
  } catch (const std::bad_alloc&) {
    print_error("out of memory");
    return kExitRuntime;
  } catch (const std::exception& error) {
    print_error(error.what());
    return kExitRuntime;
  }
}

}  // namespace gpt2run
