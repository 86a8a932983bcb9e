// SPDX-License-Identifier: ISC
//
// daemon/generation.h - one checked configuration with everything it implies.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "auth/users.h"
#include "base/interfaces.h"
#include "conf/config.h"
#include "daemon/activation.h"
#include "daemon/file_watch.h"
#include "daemon/open_listener.h"
#include "daemon/options.h"
#include "daemon/outlook.h"
#include "net/tls_context.h"

namespace postern::daemon {

// What a set of workers serves from.  Never changes once it is built.
struct Generation {
  conf::Config config;
  std::shared_ptr<net::TlsContext> tls;  // nullptr: no TLS; without keys in helpers
  std::shared_ptr<auth::Users> users;    // empty in workers: only helpers need them
  FileWatch tls_files;  // as they were when they were read; of none without tls.watch

  std::vector<std::size_t> columns;  // in the scoreboard, of each of config.listeners
  OpenListeners listeners;           // those that are open
  OpenListeners control_sockets;     // of the controller

  // Both, to be kept open for the next one.
  OpenListeners all_sockets() const;

  // In a process that serves nobody: its sockets are closed, keys and password hashes forgotten.
  void let_go() const;

  // What auth helpers need of it: no sockets, no keys.
  std::shared_ptr<const Generation> for_helpers() const;
};

// Logs a warning if a certificate is over soon, or is over.
void warn_of_expiry(const Generation& generation);

using GenerationPtr = std::shared_ptr<const Generation>;

using Faults = std::vector<std::string>;  // each a line for the operator

// What -d makes of it.
void log_everything(conf::Config& config);

// Everything that can be known without opening the spool or binding a socket: the file, the
// certificates, the users, the user to run as.
tl::expected<Generation, Faults> check_configuration(const Options& options);

// What is there already when a generation is made.
struct Surroundings {
  OpenListeners open;    // passed on where they are wanted
  PassedSockets passed;  // by the service manager: used first
  Interfaces interfaces;
};

// Makes a checked generation ready to serve: the spool's directories and the listening sockets of
// those that are to be open now, which outlook decides.  Whole or not at all; outlook has changed
// in any case.
tl::expected<GenerationPtr, Faults> open_generation(Generation checked,
                                                    const Surroundings& surroundings,
                                                    Outlook& outlook);

}  // namespace postern::daemon
