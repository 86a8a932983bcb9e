// SPDX-License-Identifier: ISC
//
// daemon/fork.cpp - children of the supervisor.

#include "daemon/fork.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace postern::daemon {

namespace {

void reset_signals() {
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD}) {
    std::signal(number, SIG_DFL);
  }
  // A terminal's Ctrl-C and a hang-up reach the whole group; whether to end is the supervisor's
  // decision.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

Result<SocketPair> make_socket_pair(int type) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return fail_errno("socketpair", errno);
  }
  return SocketPair{UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

Result<pid_t> fork_child(const InChild& in_child, const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("fork", errno);
  if (pid > 0) return pid;
  reset_signals();
  in_child();
  ::_exit(body());
}

}  // namespace postern::daemon
