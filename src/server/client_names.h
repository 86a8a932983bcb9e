// SPDX-License-Identifier: ISC
//
// server/client_names.h - what the DNS calls clients, for people who read logs and trace fields.
//
// Nothing is decided by a name.  One that is found is the address's own word, but confirmed: the
// name has the address, too.  Whoever owns an address can make others look up what he likes, so
// how many names are tried is limited, and how many addresses at a time.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "net/dns_message.h"
#include "policy/name_cache.h"

namespace postern::server {

class ClientNames {
 public:
  using OnReply = std::function<void(const net::DnsReply&)>;
  // Calls back later, never at once (net::Resolver::ask).
  using Ask = std::function<void(const net::DnsQuestion&, OnReply)>;
  // name is empty if the address has none, or if that cannot be told.
  using OnName = std::function<void(const IpAddress& address, const std::string& name)>;

  static constexpr std::size_t max_known = 4096;
  static constexpr std::size_t max_look_ups = 64;   // addresses at a time
  static constexpr std::size_t max_candidates = 3;  // names of one address
  static constexpr std::chrono::minutes time_without_name{5};
  static constexpr std::chrono::minutes time_after_failure{1};

  explicit ClientNames(Ask ask) : ask_(std::move(ask)) {}
  ClientNames(const ClientNames&) = delete;
  ClientNames& operator=(const ClientNames&) = delete;

  // What is known without a look-up; empty: that it has no name.
  std::optional<std::string> known(const IpAddress& address);

  // Calls back once, later; never, if too many are being looked up already.
  void look_up(const IpAddress& address, OnName on_name);

 private:
  struct LookUp {
    std::vector<OnName> waiting;
    std::vector<std::string> candidates;  // that have yet to be confirmed, the first last
    std::chrono::seconds time_to_live{};
    bool has_failed = false;
  };

  void take_names(const IpAddress& address, const net::DnsReply& reply);
  void confirm_next(const IpAddress& address);
  void take_addresses(const IpAddress& address, const std::string& name,
                      const net::DnsReply& reply);
  void conclude(const IpAddress& address, const std::string& name,
                std::chrono::seconds time_to_live);

  Ask ask_;
  policy::NameCache cache_{max_known};
  std::map<IpAddress, LookUp> look_ups_;
};

}  // namespace postern::server
