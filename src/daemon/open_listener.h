// SPDX-License-Identifier: ISC
//
// daemon/open_listener.h - the sockets that are open.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "conf/config.h"
#include "daemon/activation.h"

namespace postern::daemon {

// A listener that is open now; one for each of its sockets, if it has several.
struct OpenListener {
  std::size_t index;                 // in config.listeners; of control sockets 0
  std::string name;                  // of the listener
  std::string place;                 // where it listens: "192.0.2.1 587", "/run/postern/smtp"
  std::shared_ptr<UniqueFd> socket;  // shared by all generations that have this place
};

using OpenListeners = std::vector<OpenListener>;

// What control sockets are called; no listener can be.
inline constexpr const char* control_socket_name = "@control";
inline constexpr const char* metrics_socket_name = "@metrics";

// What the configuration says of where the listener is, in the form of OpenListener::place.
std::string configured_place(const conf::Listener& listener);

// Whether its sockets, some of open, are where it has to be at this moment: those that the service
// manager has passed always are; an interface that was away and is back is another place.
bool is_in_place(const conf::Listener& listener, const OpenListeners& open);

// The sockets of listener number index of the configuration: those that the service manager has
// passed for it; else those that are open at its place already; else a new one.
Result<OpenListeners> open_listener(const conf::Config& config, std::size_t index,
                                    const OpenListeners& open_already, const PassedSockets& passed);

// The sockets of the controller.  What cannot be opened is told in faults.
OpenListeners open_control_sockets(const conf::Config& config, const OpenListeners& open_already,
                                   std::vector<std::string>& faults);

// Those of before whose place is not among the sockets now.
OpenListeners no_longer_in(const OpenListeners& before, const OpenListeners& now);

// Of Unix-domain sockets: a path where nobody answers is no help to anyone.  Those that the
// service manager has passed are its own.
void remove_socket_files(const OpenListeners& sockets);

}  // namespace postern::daemon
