// SPDX-License-Identifier: ISC
//
// t/unit/datagram_server.h - a daemon that collects a log, for tests.

#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/unique_fd.h"

namespace postern::test {

// A datagram socket at a path, which is free again when the server goes.
class DatagramServer {
 public:
  explicit DatagramServer(const std::string& path)
      : path_(path), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    is_bound_ = ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  DatagramServer(const DatagramServer&) = delete;
  DatagramServer& operator=(const DatagramServer&) = delete;
  ~DatagramServer() { ::unlink(path_.c_str()); }

  bool is_bound() const { return is_bound_; }

  // The next datagram; empty if there is none.
  std::string receive() const {
    std::string datagram(65536, '\0');
    const ssize_t size = ::recv(fd_.get(), datagram.data(), datagram.size(), 0);
    datagram.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return datagram;
  }

 private:
  std::string path_;
  UniqueFd fd_;
  bool is_bound_ = false;
};

}  // namespace postern::test
