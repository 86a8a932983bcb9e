// SPDX-License-Identifier: ISC
//
// daemon/confine.cpp - the last step before a process deals with strangers.

#include "daemon/confine.h"

#include <fcntl.h>

#include "base/log.h"
#include "base/unique_fd.h"
#include "sandbox/privileges.h"

namespace postern::daemon {

bool confine(const conf::Config& config, sandbox::Role role,
             const std::vector<int>& datagram_sockets) {
  const UniqueFd spool{::open(config.spool.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const auto user = sandbox::find_user(config.user);
  const auto walls =
      user ? sandbox::enter({role, config.sandbox, *user, spool.get(), datagram_sockets})
           : tl::unexpected(user.error());
  if (!walls) log::write(log::Level::alert, "worker_failed", {{"error", walls.error().message()}});
  return walls.has_value();
}

}  // namespace postern::daemon
