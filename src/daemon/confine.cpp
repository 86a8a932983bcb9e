// SPDX-License-Identifier: ISC
//
// daemon/confine.cpp - the last step before a process deals with strangers.

#include "daemon/confine.h"

#include <fcntl.h>

#include "base/unique_fd.h"
#include "sandbox/privileges.h"

namespace postern::daemon {

Result<void> confine(const conf::Config& config, sandbox::Role role,
                     const std::vector<int>& datagram_sockets) {
  const UniqueFd spool{::open(config.spool.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const auto user = sandbox::find_user(config.user);
  if (!user) return tl::unexpected(user.error());
  const auto walls = sandbox::enter({role, config.sandbox, *user, spool.get(), datagram_sockets});
  if (!walls) return tl::unexpected(walls.error());
  return {};
}

}  // namespace postern::daemon
