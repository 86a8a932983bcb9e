// SPDX-License-Identifier: ISC
//
// gateway/multicast_socket.h - the group of datagrams that carries a LocalTalk network (LToUDP).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::gateway {

// Hears what is sent to the group through one interface, and nothing else: neither datagrams to an
// address of this host, nor those of other interfaces.  Several stations may share a host: each
// hears the others, and itself.
class MulticastSocket {
 public:
  // Errors: no such interface, or it knows no IPv4.
  static Result<MulticastSocket> open(const std::string& interface, const std::string& group,
                                      std::uint16_t port);

  int fd() const { return fd_.get(); }

  // One datagram; nothing if there is none.  It stays until the next call.
  std::optional<std::string_view> receive();

  // What cannot be sent is lost, as frames on a wire are.
  void send(std::string_view datagram) const;

 private:
  MulticastSocket(UniqueFd fd, std::string group, std::uint16_t port)
      : fd_(std::move(fd)), group_(std::move(group)), port_(port) {}

  UniqueFd fd_;
  std::string group_;
  std::uint16_t port_;
  std::string datagram_;
};

}  // namespace postern::gateway
