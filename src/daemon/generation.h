// SPDX-License-Identifier: ISC
//
// daemon/generation.h - one checked configuration with everything it implies.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "auth/users.h"
#include "conf/config.h"
#include "daemon/file_watch.h"
#include "daemon/listening.h"
#include "daemon/open_listener.h"
#include "daemon/options.h"
#include "net/tls_context.h"
#include "policy/readiness.h"

namespace postern::daemon {

// What a set of workers serves from.  Never changes once it is built.
struct Generation {
  conf::Config config;
  std::shared_ptr<net::TlsContext> tls;  // nullptr: no TLS; without keys in helpers
  std::shared_ptr<auth::Users> users;    // empty in workers: only helpers need them
  FileWatch tls_files;  // as they were when they were read; of none without tls.watch

  // Of each of config.listeners: why it is open or not, and its column in the scoreboard.
  std::vector<policy::Readiness> readiness;
  std::vector<std::size_t> columns;

  OpenListeners listeners;        // those that are open
  OpenListeners control_sockets;  // of the controller; the index means nothing

  // Both, to be kept open for the next one.
  OpenListeners all_sockets() const;

  // What auth helpers need of it: no sockets, no keys.
  std::shared_ptr<const Generation> for_helpers() const;
};

// Logs a warning if a certificate is over soon, or is over.
void warn_of_expiry(const Generation& generation);

using GenerationPtr = std::shared_ptr<const Generation>;

using Faults = std::vector<std::string>;  // each a line for the operator

// Everything that can be known without opening the spool or binding a socket: the file, the
// certificates, the users, the user to run as.
tl::expected<Generation, Faults> check_configuration(const Options& options);

// Makes a checked generation ready to serve: the spool's directories and the listening sockets of
// those that are to be open now.  Those that the service manager has passed for a listener are used
// first, and those that are open already are passed on.  Whole or not at all.
tl::expected<GenerationPtr, Faults> open_generation(Generation checked,
                                                    const OpenListeners& open_already,
                                                    Listening& listening);

// Whether the sockets of the generation are those that are to be open, by what was seen last.
bool is_as_wished(const Generation& generation, const std::vector<policy::Readiness>& wished);

// The generation with those listeners open that are to be.  What cannot be opened stays closed,
// and is told in faults.
GenerationPtr reopen_listeners(const Generation& generation, std::vector<policy::Readiness> wished,
                               const OpenListeners& open_already, const PassedSockets& passed,
                               Faults& faults);

// Where the listener is open, with commas between; empty: nowhere.
std::string places_of(const Generation& generation, const std::string& listener);

// Logs each listener that is open now and was not before, or the other way round, with the reason.
// before is nullptr if there was nothing.
void log_changes(const Generation* before, const Generation& now);

}  // namespace postern::daemon
