// SPDX-License-Identifier: ISC
//
// net/proxy_header.h - what a proxy says in front of a connection.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/peer_address.h"

namespace postern::net {

// What the header of a connection tells.
struct ProxyHeader {
  // Whom the proxy speaks for.  Nothing if it speaks for itself (LOCAL, a health check), or does
  // not say for whom (UNKNOWN).
  std::optional<PeerAddress> client;
};

// Reads the header of haproxy's PROXY protocol, the line of version 1 ("PROXY protocol 2.1") or
// the octets of version 2 ("PROXY protocol 2.2"), whichever comes.
//
// A header of version 2 that is about no family (UNSPEC) may have a TLV of ours that names a peer
// on AppleTalk: of the type appletalk_tlv, its value net, node and socket in 4 octets.
//
// Whoever may send a header may claim to be anybody: read one only from peers that are known to
// be proxies (PROXY protocol 2).
//
// The reader does no I/O, keeps at most max_octets, and takes no octet behind the header.
class ProxyReader {
 public:
  // No header of ours is longer: 16 octets, and 1024 of addresses and TLVs behind them.  The
  // protocol would allow 65535, but means a header to fit in one segment.
  static constexpr std::size_t max_octets = 16 + 1024;

  static constexpr unsigned char appletalk_tlv = 0xe1;  // of those for private use

  enum class Status { need_input, done, malformed };

  struct Step {
    Status status;
    std::size_t consumed;  // octets of input that are done with
  };

  // Reads a prefix of input: all of it (need_input), up to the end of the header (done), or up
  // to the first octet with which it cannot be a header (malformed: close the connection).
  // Called again after done or malformed it says the same and consumes nothing.
  Step read(std::string_view input);

  // After done only.
  const ProxyHeader& header() const { return header_; }

 private:
  Status take(char octet);
  Status take_line();
  Status finish_line();
  Status take_binary();
  Status finish_binary();

  std::string octets_;  // of the header so far
  ProxyHeader header_;
  Status status_ = Status::need_input;
};

}  // namespace postern::net
