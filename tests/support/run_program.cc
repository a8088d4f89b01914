#include "support/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

extern char** environ;

namespace gpt2run {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  return ends;
}

std::vector<char*> c_strings(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Feeds input to `to` and collects what comes from the two others until both are closed.
void converse(int to, const std::string& input, int from_out, int from_err, ProgramResult& result) {
  // A blocking write of more than the pipe holds would wait for a program that waits for us to
  // read.
  ::fcntl(to, F_SETFL, O_NONBLOCK);
  size_t n_written = 0;
  bool open_out = true, open_err = true;
  while (open_out || open_err) {
    std::array<pollfd, 3> polls = {pollfd{to, POLLOUT, 0},
                                   pollfd{open_out ? from_out : -1, POLLIN, 0},
                                   pollfd{open_err ? from_err : -1, POLLIN, 0}};
    if (n_written == input.size() && to >= 0) {
      ::close(to);
      to = -1;
    }
    polls[0].fd = to;
    if (::poll(polls.data(), polls.size(), -1) < 0) continue;
    if (to >= 0 && polls[0].revents != 0) {
      const ssize_t n = ::write(to, input.data() + n_written, input.size() - n_written);
      if (n >= 0) n_written += static_cast<size_t>(n);
      if (n < 0 && errno != EAGAIN && errno != EINTR) n_written = input.size();  // it reads no more
    }
    const auto collect = [](const pollfd& poll, std::string& text, bool& open) {
      if (poll.fd < 0 || poll.revents == 0) return;
      std::array<char, 65536> buffer;
      const ssize_t n = ::read(poll.fd, buffer.data(), buffer.size());
      if (n > 0) text.append(buffer.data(), static_cast<size_t>(n));
      if (n <= 0) open = false;
    };
    collect(polls[1], result.out, open_out);
    collect(polls[2], result.err, open_err);
  }
  if (to >= 0) ::close(to);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command, const std::string& input,
                          const std::vector<std::string>& environment) {
  std::signal(SIGPIPE, SIG_IGN);  // a program may end without reading its input
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);

  const auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, arguments[0].c_str(), &actions, &attributes,
                                  c_strings(arguments).data(), c_strings(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  for (const int end : {in[0], out[1], err[1]}) ::close(end);
  if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);

  ProgramResult result;
  converse(in[1], input, out[0], err[0], result);
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace gpt2run
