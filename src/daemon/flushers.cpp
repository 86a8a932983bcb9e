// SPDX-License-Identifier: ISC
//
// daemon/flushers.cpp - the two processes that wait for the disk in a worker's place.

#include "daemon/flushers.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "base/log.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"
#include "server/flusher_process.h"

namespace postern::daemon {

namespace {

// What a flusher does; fd is its end of the socketpair.  Returns the exit code.
int serve_as_flusher(const Generation& generation, int fd) {
  std::signal(SIGTERM, SIG_IGN);  // it ends when its worker does
  generation.let_go();
  const conf::Config& config = generation.config;
  // syncfs(2) tells each open of the directory once of what was lost, so this one is its own.
  const UniqueFd spool{::open(config.spool.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const auto user = sandbox::find_user(config.user);
  if (!spool.is_open() || !user) return EX_NOPERM;
  const auto walls = sandbox::enter({sandbox::Role::flusher, config.sandbox, *user, -1});
  if (!walls) {
    log::write(log::Level::error, "flusher_failed", {{"error", walls.error().message()}});
    return EX_NOPERM;
  }
  return server::run_flusher(fd, spool.get()) ? EX_OK : EX_OSERR;
}

// Forks one more; ours becomes the worker's end of its socket.
Result<void> fork_flusher(const Generation& generation, const InChild& drop, Flushers& flushers,
                          UniqueFd& ours) {
  auto pair = make_socket_pair(SOCK_SEQPACKET);
  if (!pair) return tl::unexpected(pair.error());
  const auto drop_more = [&] {
    drop();
    flushers.sockets = {};
    pair->ours.reset();
  };
  const auto pid =
      fork_child(drop_more, [&] { return serve_as_flusher(generation, pair->theirs.get()); });
  if (!pid) return tl::unexpected(pid.error());
  flushers.pids.push_back(*pid);
  ours = std::move(pair->ours);
  return {};
}

}  // namespace

Result<Flushers> fork_flushers(const Generation& generation, const InChild& drop) {
  Flushers flushers;
  if (generation.config.spool.engine == conf::SpoolEngine::file) return flushers;
  auto forked = fork_flusher(generation, drop, flushers, flushers.sockets.syncs);
  if (forked) forked = fork_flusher(generation, drop, flushers, flushers.sockets.checkpoints);
  if (!forked) return tl::unexpected(forked.error());
  return flushers;
}

}  // namespace postern::daemon
