// SPDX-License-Identifier: ISC
//
// net/listening_socket.h - sockets that are bound and listening.

#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::net {

// Non-blocking, close-on-exec, with a backlog that takes bursts.  address is an IP address, or
// "*" for all of them, IPv4 and IPv6 on one socket where the system has IPv6.
Result<UniqueFd> listen_tcp(const std::string& address, std::uint16_t port);

// A Unix-domain socket that anybody on this machine may connect to.  A stale socket file is
// replaced; one that a running server answers on is an error.
Result<UniqueFd> listen_unix(const std::string& path);

}  // namespace postern::net
