// SPDX-License-Identifier: ISC
//
// daemon/activation.h - listening sockets that a service manager has opened for us.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "conf/config.h"

namespace postern::daemon {

// One socket; systemd calls the name FileDescriptorName.  It is that of a listener.
struct PassedSocket {
  std::string name;
  std::shared_ptr<UniqueFd> socket;
};

// They belong to the server as long as it runs, whether a listener has their name or not: one that
// comes with a later configuration finds them.
using PassedSockets = std::vector<PassedSocket>;

// From LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, which are taken out of the environment
// (sd_listen_fds(3)).  Empty if they are not there or meant for another process.  Error: what was
// passed is no stream socket that listens.
Result<PassedSockets> take_passed_sockets();

// What a socket is bound to: "192.0.2.1 port 587", "/run/postern/smtp.sock".
std::string describe_place(int socket);

// The sockets with the listener's name; several if it was given one for each of several addresses.
// Empty: it has to open its own.  They are used wherever they are bound.  Error: they are of the
// other kind (path or address), or reach further than the listener may: what the configuration
// was checked for would not be true; or one that is where the listener is to be has another name.
Result<PassedSockets> sockets_for(const conf::Listener& listener, const PassedSockets& passed);

// Logs what an operator may not have meant: a socket that is bound elsewhere than its listener
// says, and one that no open listener has the name of, whose clients would wait for ever.
void warn_of_sockets(const PassedSockets& passed, const std::vector<conf::Listener>& listeners);

}  // namespace postern::daemon
