// SPDX-License-Identifier: ISC
//
// daemon/background.cpp - leaving the terminal, the classic way.

#include "daemon/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace postern::daemon {

namespace {

// Before there are workers, so that they do not hold on to it either: whoever reads our output
// waits for its end.
void let_go_of_terminal() {
  const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(null.get(), standard);
  }
}

// The child died before it could tell: no report is a failure.  After one nothing is left of the
// server when this ends, so that it can be started again at once.
[[noreturn]] void wait_for_report(int fd, pid_t child) {
  unsigned char exit_code = EX_SOFTWARE;
  while (::read(fd, &exit_code, 1) < 0 && errno == EINTR) {
  }
  if (exit_code != 0) {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    std::fputs("posternd: the server does not start; the log says why\n", stderr);
  }
  ::_exit(exit_code);
}

}  // namespace

void StartReport::send(int exit_code) {
  if (!fd_.is_open()) return;
  const auto octet = static_cast<unsigned char>(exit_code);
  [[maybe_unused]] const ssize_t sent = ::write(fd_.get(), &octet, 1);
  fd_.reset();
}

Result<StartReport> go_to_background() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  UniqueFd reading{ends[0]};
  UniqueFd writing{ends[1]};
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("fork", errno);
  if (child > 0) {
    writing.reset();
    wait_for_report(reading.get(), child);
  }
  reading.reset();
  ::setsid();
  if (::chdir("/") != 0) return fail_errno("chdir /", errno);
  let_go_of_terminal();
  return StartReport{std::move(writing)};
}

}  // namespace postern::daemon
