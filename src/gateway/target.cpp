// SPDX-License-Identifier: ISC
//
// gateway/target.cpp - the stream socket that a name leads to.

#include "gateway/target.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "net/kernel_address.h"
#include "net/proxy_header.h"

namespace postern::gateway {

namespace {

Result<UniqueFd> connect_socket(const sockaddr* address, socklen_t size, const std::string& to) {
  UniqueFd fd{::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd.is_open() || (::connect(fd.get(), address, size) != 0 && errno != EINPROGRESS)) {
    return fail_errno(cat("connect to ", to), errno);
  }
  return fd;
}

Result<UniqueFd> connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail_errno(path, ENAMETOOLONG);
  std::copy(path.begin(), path.end(), address.sun_path);
  return connect_socket(reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
}

char octet(unsigned value) {
  return static_cast<char>(static_cast<unsigned char>(value));
}

}  // namespace

Result<UniqueFd> connect_to(const conf::AppleTalkName& name) {
  if (!name.path.empty()) return connect_unix(name.path);
  const net::KernelAddress address(*name.address);
  auto fd = connect_socket(address.get(), address.size, name.to);
  const linger reset{1, 0};
  if (fd) ::setsockopt(fd->get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return fd;
}

std::string proxy_header(const adsp::Address& peer) {
  constexpr std::array<unsigned, 4> proxy_command_of_no_family{0x21, 0x00, 0, 7};
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  for (const unsigned value : proxy_command_of_no_family) header += octet(value);
  for (const unsigned value :
       {unsigned{net::ProxyReader::appletalk_tlv}, 0U, 4U, unsigned{peer.net} >> 8U,
        unsigned{peer.net} & 0xffU, unsigned{peer.node}, unsigned{peer.socket}}) {
    header += octet(value);
  }
  return header;
}

}  // namespace postern::gateway
