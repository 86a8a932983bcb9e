// SPDX-License-Identifier: ISC
//
// daemon/generation.h - one checked configuration with everything it implies.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "auth/users.h"
#include "base/unique_fd.h"
#include "conf/config.h"
#include "daemon/activation.h"
#include "daemon/file_watch.h"
#include "daemon/options.h"
#include "net/tls_context.h"

namespace postern::daemon {

// A listener that is open now; one for each of its sockets, if it has several.
struct OpenListener {
  std::size_t index;                 // in config.listeners
  std::string name;                  // of the listener
  std::string place;                 // where it listens: "192.0.2.1 587", "/run/postern/smtp"
  std::size_t column;                // in the scoreboard
  std::shared_ptr<UniqueFd> socket;  // shared by all generations that have this place
};

using OpenListeners = std::vector<OpenListener>;

// What a set of workers serves from.  Never changes once it is built.
struct Generation {
  conf::Config config;
  std::shared_ptr<net::TlsContext> tls;  // nullptr: no TLS; without keys in helpers
  std::shared_ptr<auth::Users> users;    // empty in workers: only helpers need them
  OpenListeners listeners;
  OpenListeners control_sockets;  // of the controller; the index means nothing
  FileWatch tls_files;            // as they were when they were read; of none without tls.watch

  // Both, to be kept open for the next one.
  OpenListeners all_sockets() const;

  // What auth helpers need of it: no sockets, no keys.
  std::shared_ptr<const Generation> for_helpers() const;
};

// What control sockets are called; no listener can be.
inline constexpr const char* control_socket_name = "@control";
inline constexpr const char* metrics_socket_name = "@metrics";

// Logs a warning if a certificate is over soon, or is over.
void warn_of_expiry(const Generation& generation);

// Those of before whose place is not among the sockets now.
OpenListeners no_longer_in(const OpenListeners& before, const OpenListeners& now);

// Of Unix-domain sockets: a path where nobody answers is no help to anyone.  Those that the
// service manager has passed are its own.
void remove_socket_files(const OpenListeners& sockets);

using GenerationPtr = std::shared_ptr<const Generation>;

using Faults = std::vector<std::string>;  // each a line for the operator

// Everything that can be known without opening the spool or binding a socket: the file, the
// certificates, the users, the user to run as.
tl::expected<Generation, Faults> check_configuration(const Options& options);

// Makes a checked generation ready to serve: the spool's directories and the listening sockets.
// Those that the service manager has passed for a listener are used first, and those that are open
// already are passed on.  Whole or not at all.
tl::expected<GenerationPtr, Faults> open_generation(Generation checked,
                                                    const OpenListeners& open_already,
                                                    const PassedSockets& passed);

}  // namespace postern::daemon
