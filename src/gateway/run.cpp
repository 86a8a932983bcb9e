// SPDX-License-Identifier: ISC
//
// gateway/run.cpp - the process that is the gateway.

#include "gateway/run.h"

#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <utility>

#include "base/log.h"
#include "gateway/gateway.h"
#include "gateway/multicast_socket.h"
#include "net/loop.h"
#include "sandbox/sandbox.h"

namespace postern::gateway {

namespace {

int fail_with(const Error& error, int exit_code) {
  log::write(log::Level::alert, "appletalk_failed", {{"error", error.message()}});
  return exit_code;
}

class Process {
 public:
  Process(const conf::Config& config, MulticastSocket& socket, Board& board, UniqueFd control)
      : control_(std::move(control)),
        gateway_(loop_, {config.appletalk, socket, board}),
        terminate_(loop_, SIGTERM, [this] { end(); }) {
    if (control_.is_open()) {
      control_watch_.emplace(loop_, control_.get(), [this] { on_control(); });
    } else {
      interrupt_.emplace(loop_, SIGINT, [this] { end(); });
    }
  }

  int run() {
    gateway_.start();
    loop_.run([this] { end_of_turn(); });
    return EX_OK;
  }

 private:
  // Whatever the supervisor says, or that it is gone, means the same.
  void on_control() {
    control_watch_->pause();
    end();
  }

  void end() {
    if (std::exchange(is_ending_, true)) {
      gateway_.stop();
    } else {
      gateway_.drain();
    }
  }

  void end_of_turn() {
    gateway_.end_of_turn();
    if (is_ending_ && gateway_.is_idle()) loop_.stop();
  }

  UniqueFd control_;
  net::Loop loop_;
  Gateway gateway_;
  net::SignalWatch terminate_;
  std::optional<net::SignalWatch> interrupt_;
  std::optional<net::ReadWatch> control_watch_;
  bool is_ending_ = false;
};

}  // namespace

int run_gateway(GatewaySetup setup) {
  const conf::Config& config = setup.config;
  const auto& settings = config.appletalk;
  auto socket = MulticastSocket::open(settings.interface, settings.group, settings.port);
  if (!socket) return fail_with(socket.error(), EX_OSERR);
  // It is made before the sandbox is entered, in which the loop could not be.
  Process process(config, *socket, setup.board, std::move(setup.control));
  const auto user = sandbox::find_user(config.user);
  if (!user) return fail_with(user.error(), EX_CONFIG);
  const auto walls = sandbox::enter({.role = sandbox::Role::gateway,
                                     .setting = config.sandbox,
                                     .user = *user,
                                     .spool = -1,
                                     .datagram_sockets = {socket->fd()}});
  if (!walls) return fail_with(walls.error(), EX_NOPERM);
  return process.run();
}

}  // namespace postern::gateway
