// SPDX-License-Identifier: ISC
//
// conf/config.h - one checked configuration, as the rest of the program sees it.

#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address_set.h"
#include "base/log.h"
#include "base/peer_set.h"
#include "base/socket_address.h"
#include "conf/choices.h"
#include "mail/extensions.h"

namespace postern::conf {

using ByteCount = std::uint64_t;
using Seconds = std::chrono::seconds;

// By std::chrono::weekday::c_encoding: Sunday is 0.
using Weekdays = std::bitset<7>;

// A time of the week.
struct Period {
  std::string days_text;  // as the file writes them
  std::string begin_text;
  std::string end_text;
  Seconds pause{};
  Weekdays days;                 // what days_text says: days on which it begins
  std::chrono::minutes begin{};  // of the day
  std::chrono::minutes end{};    // of the day; of the next one if not after begin
};

// A network interface that may be down or cost money.
struct Link {
  std::string name;
  std::string interface;
  bool on_demand = false;  // traffic brings it up
  bool metered = false;    // traffic costs
};

struct Listener {
  std::string name;
  std::string address;  // "*", an IPv4 or an IPv6 address; empty if path is set
  std::uint16_t port = 0;
  std::string path;       // of a Unix-domain socket, absolute
  std::string interface;  // the only one it is reached through; empty: any
  std::string mode;       // of that socket: "0600", "0660" or "0666"; empty without one
  std::string owner;      // of that socket; empty: whoever it gets
  std::string group;      // of that socket; empty: whatever it gets
  ListenerProtocol protocol = ListenerProtocol::smtp;
  ListenerTls tls = ListenerTls::starttls;
  ListenerAuth auth = ListenerAuth::required;
  ListenerRole role = ListenerRole::submission;
  RequireAuth require_auth = RequireAuth::nobody;
  bool auth_without_tls = false;  // AUTH in the clear; loopback addresses and paths only
  std::uint32_t channels = 0;     // connections served at once; 0: no socket is opened
  Overload overload = Overload::refuse;
  std::uint32_t reserve = 0;  // of these, for `clients` alone
  std::string link;           // name of one of the links; empty: none
  bool keep_ready = true;     // whatever link and schedule say
  Seconds linger{};           // from when link or schedule say so until it closes
  Seconds greet_delay{};
  std::vector<std::string> proxy_items;    // `proxy_from` as the file writes it
  std::vector<std::string> xclient_items;  // the same for `xclient_from`
  PeerSet proxy_from;                      // what proxy_items says
  PeerSet xclient_from;
  EightBitHeader eight_bit_header = EightBitHeader::refuse;
  ListenerDns dns = ListenerDns::never;
};

struct Certificate {
  std::string certificate;  // PEM file: the certificate, then its chain
  std::string key;          // PEM file
};

// A name that postern-adsp has on the AppleTalk network, under several types if it is looked for as
// several, and what is behind it.
struct AppleTalkName {
  std::string object;              // UTF-8
  std::vector<std::string> types;  // UTF-8
  std::string to;                  // as the file writes it
  std::uint32_t channels = 0;      // connections at once; 0: the name is not there
  bool proxy = false;              // whether each begins with a PROXY header

  // What to says: a Unix-domain socket, or an address.
  std::string path;
  std::optional<SocketAddress> address;

  friend bool operator==(const AppleTalkName&, const AppleTalkName&) = default;
};

// Everything the file says, defaults filled in, each value within its range and no two in
// contradiction.  Meanings and units are those of postern.conf(5) and conf/settings.cpp.
struct Config {
  std::string hostname;
  std::string user;
  std::string pid_file;
  std::uint32_t workers = 1;
  Seconds drain_time{};
  Sandbox sandbox = Sandbox::on;
  std::vector<std::string> domains;        // of mail::canonical_domain(), as is hostname
  std::vector<std::string> client_items;   // `clients` as the file writes them
  std::vector<std::string> blocked_items;  // the same for `blocked`
  AddressSet clients;                      // what client_items says
  AddressSet blocked;
  BlockedAt blocked_at = BlockedAt::mail;
  std::vector<std::string> debug_items;  // `debug_peers` as the file writes it
  PeerSet debug_peers;                   // what debug_items says

  struct Spool {
    std::string path;
    ByteCount min_free = 0;
    std::uint64_t min_free_inodes = 0;
    SpoolEngine engine = SpoolEngine::journal;

    struct Journal {
      ByteCount size = 0;         // of each worker's
      ByteCount max_message = 0;  // a larger one goes the way of the engine "file"
    } journal;
  } spool;

  struct Tls {
    std::string certificate;  // empty: no TLS anywhere
    std::string key;
    std::string min_version;                // "1.2" or "1.3"
    std::vector<Certificate> certificates;  // further ones, chosen by server name (SNI)
    bool watch = false;                     // reload when a file of these changes
  } tls;

  struct Auth {
    std::string users;  // empty: no AUTH anywhere
    std::uint32_t processes = 1;
    Seconds failure_delay{};
  } auth;

  struct Limits {
    ByteCount message_size = 0;
    ByteCount header_size = 0;
    ByteCount header_line = 0;
    std::uint32_t recipients = 0;
    std::uint32_t recipient_domains = 0;  // 0: no limit
    std::uint32_t messages = 0;           // 0: no limit
    std::uint32_t errors = 0;
    std::uint32_t idle_commands = 0;
    std::uint32_t auth_failures = 0;
    std::uint32_t hops = 0;
    Seconds hold{};

    // Of one worker; 0: no limit.  A client is an IPv4 address or an IPv6 /64, a network an IPv4
    // /24 or an IPv6 /48.
    std::uint32_t client_connections = 0;
    std::uint32_t network_connections = 0;
    std::uint32_t client_connection_rate = 0;  // a minute, as all rates
    std::uint32_t network_connection_rate = 0;
    std::uint32_t client_message_rate = 0;
  } limits;

  mail::Extensions extensions;

  struct Timeouts {
    Seconds command{};
    Seconds data{};
    Seconds message{};
    Seconds handshake{};
    Seconds write{};
  } timeouts;

  struct Log {
    log::Target target;
    LogFormat format = LogFormat::keyvalue;
    log::Level level = log::Level::info;

    friend bool operator==(const Log&, const Log&) = default;
  } log;

  // Where posternctl is answered, and where Prometheus is.
  struct Control {
    std::string path;   // of a Unix-domain socket; empty: nowhere
    std::string mode;   // of the socket: "0600", "0660" or "0666"
    std::string group;  // of the socket; empty: whatever it gets
  } control;

  struct Metrics {
    std::string address;
    std::uint16_t port = 0;  // 0: no TCP
    std::string path;        // of a Unix-domain socket; empty: none
  } metrics;

  struct Dns {
    std::vector<std::string> server_items;  // `servers` as the file writes it
    std::vector<SocketAddress> servers;     // what server_items says; none: those of the system
  } dns;

  struct AppleTalk {
    std::string interface;  // that carries it; empty: there is none
    std::string group;      // IPv4 multicast address
    std::uint16_t port = 0;
    std::uint8_t node_hint = 0;  // 0: none
    std::string zone;            // UTF-8
    std::vector<AppleTalkName> names;

    friend bool operator==(const AppleTalk&, const AppleTalk&) = default;
  } appletalk;

  std::vector<Link> links;
  std::vector<Period> schedule;  // none: always

  std::vector<Listener> listeners;
};

}  // namespace postern::conf
