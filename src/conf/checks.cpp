// SPDX-License-Identifier: ISC
//
// conf/checks.cpp - what the text of a setting must look like.

#include "conf/checks.h"

#include <net/if.h>
#include <sys/un.h>

#include <algorithm>

#include "adsp/mac_roman.h"
#include "adsp/nbp_name.h"
#include "base/ip_address.h"
#include "base/peer_set.h"
#include "base/socket_address.h"
#include "base/text.h"
#include "mail/address.h"

namespace postern::conf {

namespace {

Result<void> require(bool holds, const std::string& text, std::string_view complaint) {
  if (holds) return {};
  return fail(Errc::syntax, cat("\"", printable(text), "\" ", complaint));
}

bool is_name_char(char c) {
  return is_alnum(c) || c == '-' || c == '_';
}

bool is_account(const std::string& text) {
  return !text.empty() && text.front() != '-' && text.find_first_of(" :/,") == std::string::npos;
}

}  // namespace

Result<void> check_domain(const std::string& text) {
  return require(mail::is_domain(text, mail::Charset::utf8), text,
                 "is not a domain name such as \"example.org\"");
}

Result<void> check_domain_or_empty(const std::string& text) {
  if (text.empty()) return {};
  return check_domain(text);
}

Result<void> check_path(const std::string& text) {
  return require(text.starts_with('/'), text, "is not an absolute path; begin it with \"/\"");
}

Result<void> check_path_or_empty(const std::string& text) {
  if (text.empty()) return {};
  return check_path(text);
}

Result<void> check_socket_path_or_empty(const std::string& text) {
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (text.size() > longest) {
    return fail(Errc::limit, cat("the path of a socket has at most ", longest, " octets"));
  }
  return check_path_or_empty(text);
}

Result<void> check_peer_set_item(const std::string& text) {
  return PeerSet{}.add(text);
}

Result<void> check_listener_address(const std::string& text) {
  return require(text.empty() || text == "*" || IpAddress::parse(text), text,
                 "is not an IP address; write one, or \"*\" for all of this host");
}

Result<void> check_name(const std::string& text) {
  return require(!text.empty() && std::all_of(text.begin(), text.end(), is_name_char), text,
                 "is not a name of letters, digits, \"-\" and \"_\"");
}

// As the kernel wants them.
Result<void> check_interface(const std::string& text) {
  const bool has_length = !text.empty() && text.size() < IFNAMSIZ && text != "." && text != "..";
  return require(has_length && text.find_first_of("/: \t\n\v\f\r") == std::string::npos, text,
                 "is not the name of a network interface such as \"eth0\"");
}

Result<void> check_name_server(const std::string& text) {
  return require(SocketAddress::parse(text, SocketAddress::dns_port).has_value(), text,
                 "is not an IP address, nor one with a port such as \"127.0.0.1:5353\" or "
                 "\"[::1]:5353\"");
}

Result<void> check_interface_or_empty(const std::string& text) {
  if (text.empty()) return {};
  return check_interface(text);
}

Result<void> check_multicast_address(const std::string& text) {
  const auto ip = IpAddress::parse(text);
  const bool is_multicast = ip && ip->is_v4() && ip->octets()[12] >= 224 && ip->octets()[12] < 240;
  return require(is_multicast, text,
                 "is not an IPv4 multicast address, 224.0.0.0 to 239.255.255.255");
}

// "*" is the zone of whoever asks.
Result<void> check_appletalk_zone(const std::string& text) {
  return text == "*" ? Result<void>{} : check_appletalk_text(text);
}

Result<void> check_appletalk_text(const std::string& text) {
  const auto octets = adsp::utf8_to_mac_roman(text);
  const bool has_length =
      octets && !octets->empty() && octets->size() <= adsp::NbpName::most_octets;
  return require(has_length && adsp::is_plain({*octets, "any", "*"}), text,
                 "is no name on AppleTalk: 1 to 32 characters that old Macs have, and no pattern");
}

Result<void> check_not_empty(const std::string& text) {
  return require(!text.empty(), text, "says nothing");
}

Result<void> check_user(const std::string& text) {
  return require(is_account(text), text, "is not the name of a user");
}

Result<void> check_user_or_empty(const std::string& text) {
  return require(text.empty() || is_account(text), text, "is not the name of a user");
}

Result<void> check_group_or_empty(const std::string& text) {
  return require(text.empty() || is_account(text), text, "is not the name of a group");
}

// A socket of syslog or of the journal may be named: "syslog:/run/log".
Result<void> check_log_target(const std::string& text) {
  for (const std::string_view daemon : {"syslog:", "journal:"}) {
    if (!text.starts_with(daemon)) continue;
    const std::string path = text.substr(daemon.size());
    if (const auto absolute = check_path(path); !absolute) return absolute;
    return check_socket_path_or_empty(path);
  }
  const bool is_word = text == "syslog" || text == "journal" || text == "stderr";
  return require(is_word || text.starts_with('/'), text,
                 "is not \"syslog\", \"journal\", \"stderr\" or the absolute path of a file");
}

}  // namespace postern::conf
