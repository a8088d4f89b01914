#include "support/output_steps.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "base/output_calls.h"

namespace gpt2run {
namespace {

constexpr int kDone = 0, kRefused = 10, kOtherError = 20;

// How a child that runs it ends; its message goes to fd.
int run_child(const std::function<void()>& write, int fd) {
  try {
    write();
    return kDone;
  } catch (const InputError& error) {
    const std::string text = error.what();
    return ::write(fd, text.data(), text.size()) < 0 ? kOtherError : kRefused;
  } catch (...) {
    return kOtherError;
  }
}

struct ChildEnd {
  int status = 0;
  std::string message;
};

ChildEnd run_in_child(const std::function<void()>& prepare, const std::function<void()>& write) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child");
  if (child == 0) {
    prepare();
    ::_exit(run_child(write, ends[1]));
  }
  ::close(ends[1]);
  ChildEnd end;
  char piece[512];
  for (ssize_t n; (n = ::read(ends[0], piece, sizeof(piece))) > 0;) {
    end.message.append(piece, static_cast<size_t>(n));
  }
  ::close(ends[0]);
  ::waitpid(child, &end.status, 0);
  if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == kOtherError) {
    throw std::logic_error("the child ended with another error");
  }
  return end;
}

}  // namespace

bool is_killed_at(int step, const std::function<void()>& write) {
  const ChildEnd end = run_in_child(
      [step] {
        output_calls::set_before([n = step](const char*) mutable {
          if (n-- == 0) ::kill(::getpid(), SIGKILL);
          return 0;
        });
      },
      write);
  if (WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGKILL) return true;
  if (end.status != 0) throw std::logic_error("the child ended with: " + end.message);
  return false;
}

bool fails_at(int step, int error, const std::function<void()>& write) {
  int n_calls = 0;
  output_calls::set_before([&](const char*) { return n_calls++ == step ? error : 0; });
  try {
    write();
  } catch (...) {
    output_calls::set_before({});
    throw;
  }
  output_calls::set_before({});
  return n_calls > step;
}

std::string error_with_limit(uint64_t n_bytes, const std::function<void()>& write) {
  const auto limit = [n_bytes] {
    const struct rlimit limits = {n_bytes, n_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limits);
  };
  return run_in_child(limit, write).message;
}

}  // namespace gpt2run
