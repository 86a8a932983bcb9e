// SPDX-License-Identifier: ISC
//
// net/listening_socket.h - sockets that are bound and listening.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::net {

// Non-blocking, close-on-exec, with a backlog that takes bursts.  address is an IP address, or
// "*" for all of them, IPv4 and IPv6 on one socket where the system has IPv6.  An address that the
// system does not have yet is listened on all the same, and reached once it is there.  With
// interface (empty: any), only what comes in through that one is heard; it must exist, and when it
// has gone the socket hears nothing more.
Result<UniqueFd> listen_tcp(const std::string& address, std::uint16_t port,
                            const std::string& interface = {});

// Who may connect to a Unix-domain socket.
struct SocketAccess {
  unsigned mode = 0666;
  std::optional<uid_t> owner;  // nothing: who we are
  std::optional<gid_t> group;  // nothing: as the system has it
};

// A Unix-domain socket that anybody on this machine may connect to, unless access says otherwise.
// A stale socket file is replaced; one that a running server answers on is an error.
Result<UniqueFd> listen_unix(const std::string& path, const SocketAccess& access = {});

}  // namespace postern::net
