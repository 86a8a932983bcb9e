// SPDX-License-Identifier: ISC
//
// net/interface_news.h - the network interfaces of this machine, and when they change.

#pragma once

#include <utility>

#include "base/interfaces.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::net {

// Those of this moment, as rtnetlink(7) has them.
Result<Interfaces> read_interfaces();

// Hears from the kernel that interfaces or their addresses have changed.
class InterfaceNews {
 public:
  static Result<InterfaceNews> open();

  int fd() const { return socket_.get(); }  // readable when there are news

  // Takes them all.  Whether there were any: what has changed, read_interfaces() says.
  bool take();

 private:
  explicit InterfaceNews(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;
};

}  // namespace postern::net
