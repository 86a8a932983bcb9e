// SPDX-License-Identifier: ISC
//
// net/proxy_gate.h - a connection whose first octets are the header of a proxy.

#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "base/unique_fd.h"
#include "net/loop.h"
#include "net/proxy_header.h"

namespace postern::net {

// Takes the header off a socket and leaves what follows in the kernel: that may be a TLS
// handshake, which OpenSSL reads from there.
class ProxyGate {
 public:
  // Exactly one of the two is called, from the loop, once.  The gate must not be destroyed from
  // inside, and is of no use afterwards.
  using OnHeader = std::function<void(UniqueFd fd, const ProxyHeader& header)>;
  using OnFailure = std::function<void(std::string_view reason)>;

  ProxyGate(Loop& loop, UniqueFd fd, std::chrono::seconds timeout, OnHeader on_header,
            OnFailure on_failure);

 private:
  void read();
  void fail(std::string_view reason);

  UniqueFd fd_;
  OnHeader on_header_;
  OnFailure on_failure_;
  ProxyReader reader_;
  ReadWatch watch_;
  Timer timer_;
};

}  // namespace postern::net
