// SPDX-License-Identifier: ISC
//
// gateway/run.h - the process that is the gateway.

#pragma once

#include "base/unique_fd.h"
#include "conf/config.h"
#include "gateway/board.h"

namespace postern::gateway {

struct GatewaySetup {
  const conf::Config& config;
  Board& board;
  UniqueFd control;  // from the supervisor; none: alone
};

// Joins the network, becomes the configured user, enters the sandbox and serves.  SIGTERM, an octet
// on control and its end make it drain; a second SIGTERM cuts off who is connected.  Returns the
// exit code (sysexits); the log says what was wrong.
int run_gateway(GatewaySetup setup);

}  // namespace postern::gateway
