// SPDX-License-Identifier: ISC
//
// net/resolver.h - asks name servers, and waits for what they reply while the loop goes on.
//
// Not by libevent's evdns: it asks for "google.com" when a server has been silent, where we send
// nothing that nobody has told us to; and nobody could tell its sockets from others, which the
// sandbox must (sandbox/syscall_filter.cpp).

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "base/unique_fd.h"
#include "net/dns_message.h"
#include "net/loop.h"

namespace postern::net {

// Each question goes to one server after another, and once again to all, until one of them has a
// reply that is not a failure.  UDP only: a reply that is cut short is a failure.
//
// All sockets are opened at once.  They are not connected, since the address that this host sends
// from may change while it is on the way to a server, as it does when a link is dialled anew.
class Resolver {
 public:
  // Never not_ours.  failure: nobody had a reply.
  using OnReply = std::function<void(const DnsReply&)>;

  // So long a server is waited for.
  static constexpr std::chrono::seconds patience{2};

  // Without servers nothing is opened, and all questions fail.
  Resolver(Loop& loop, std::vector<SocketAddress> servers);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Calls back once, later; not at all if the resolver goes before.  The caller limits how many
  // questions there are at a time, to some hundreds.
  void ask(const DnsQuestion& question, OnReply on_reply);

  // Descriptors on which it will call sendto(2), with addresses.
  std::vector<int> sockets() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Id = std::uint16_t;

  struct Query {
    std::string packet;
    OnReply on_reply;
    std::size_t tries = 0;
    Clock::time_point deadline{};  // of this try
  };
  using Queries = std::map<Id, Query>;

  struct Socket {
    UniqueFd fd;
    std::optional<ReadWatch> watch;
  };

  void open(Socket& socket, int family);
  const SocketAddress& server_of(const Query& query) const;
  void try_next(Query& query);
  void read(const Socket& socket);
  void take(const SocketAddress& from, std::string_view packet);
  void give_up_waiting();
  void conclude(Queries::iterator query, const DnsReply& reply);
  void set_timer();

  Loop& loop_;
  const std::vector<SocketAddress> servers_;
  Socket v4_;
  Socket v6_;
  Queries queries_;
  Timer timer_;
};

}  // namespace postern::net
