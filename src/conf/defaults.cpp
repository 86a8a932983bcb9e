// SPDX-License-Identifier: ISC
//
// conf/defaults.cpp - values for what the file does not set.

#include "conf/defaults.h"

#include <cassert>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/text.h"
#include "conf/address_list.h"
#include "conf/appletalk.h"
#include "conf/host_name.h"
#include "conf/period_syntax.h"
#include "conf/value_syntax.h"
#include "mail/domain.h"

namespace postern::conf {

namespace {

PeerSet make_peer_set(const std::vector<std::string>& items) {
  PeerSet set;
  for (const std::string& item : items) {
    [[maybe_unused]] const auto added = set.add(item);
    assert(added);  // the check of the setting has seen it
  }
  return set;
}

std::vector<SocketAddress> make_name_servers(const std::vector<std::string>& items) {
  std::vector<SocketAddress> servers;
  for (const std::string& item : items) {
    const auto server = SocketAddress::parse(item, SocketAddress::dns_port);
    assert(server);  // the same
    servers.push_back(*server);
  }
  return servers;
}

void complete_host_name(Config& config, Report& report) {
  if (!config.hostname.empty() || report.is_faulty("hostname")) return;
  config.hostname = system_host_name();
  if (!check_domain(config.hostname)) {
    report.fault("hostname", cat("the name of this system, \"", printable(config.hostname),
                                 "\", is not a domain name; set hostname"));
  }
}

// Beside the pid file, so that who has several servers need not say it for each.
void complete_control(Config& config, const Report& report) {
  if (report.is_found("control.path") || config.pid_file.empty()) return;
  config.control.path = std::filesystem::path(config.pid_file).parent_path() / "control";
}

// What is no domain name stays, and has been reported.
void complete_domain(std::string& domain) {
  if (auto canonical = mail::canonical_domain(domain)) domain = std::move(*canonical);
}

// Whoever switches one extension off need not know which others cannot be without it; only what
// the file asks for by name is left for the contradictions.
void complete_extensions(mail::Extensions& extensions, const Report& report) {
  if (!extensions.chunking && !report.is_found("extensions.binary_mime")) {
    extensions.binary_mime = false;
  }
  if (!extensions.eight_bit_mime && !report.is_found("extensions.smtputf8")) {
    extensions.smtputf8 = false;
  }
}

void complete_period(Period& period, const std::string& place, const Report& report) {
  if (!report.is_faulty(place + ".days")) period.days = *parse_days(period.days_text);
  if (!report.is_faulty(place + ".from")) period.begin = *parse_time_of_day(period.begin_text);
  if (!report.is_faulty(place + ".to")) period.end = *parse_time_of_day(period.end_text);
}

// An interface has all its addresses, and may be a link.
void complete_interface(Listener& listener, const Config& config) {
  if (listener.interface.empty()) return;
  if (listener.address.empty()) listener.address = "*";
  for (const Link& link : config.links) {
    if (listener.link.empty() && link.interface == listener.interface) listener.link = link.name;
  }
}

void complete_listener(Listener& listener, const std::string& place, const Config& config,
                       const Report& report) {
  const bool has_path = !listener.path.empty();
  complete_interface(listener, config);
  if (!report.is_found(place + ".tls")) {
    listener.tls =
        has_path || config.tls.certificate.empty() ? ListenerTls::none : ListenerTls::starttls;
  }
  if (!report.is_found(place + ".auth")) {
    listener.auth = has_path ? ListenerAuth::peer : ListenerAuth::required;
  }
  if (has_path && listener.mode.empty()) {
    // Whoever names an owner or a group means nobody else.
    listener.mode = !listener.group.empty() ? "0660" : !listener.owner.empty() ? "0600" : "0666";
  }
  listener.proxy_from = make_peer_set(listener.proxy_items);
  listener.xclient_from = make_peer_set(listener.xclient_items);
}

}  // namespace

std::optional<Value> default_value(const Setting& setting) {
  const std::string_view text = setting.fallback;
  if (text == required || text == derived || text == absent) return std::nullopt;
  const auto document = parse(SourceText::from_text(cat("value = ", text, ";")));
  assert(document && document->items.size() == 1);
  auto value = read_value(setting, document->items.front());
  assert(value);
  return std::move(*value);
}

void set_defaults(Object object) {
  for (const Setting& setting : settings()) {
    if (!belongs_to(setting, object)) continue;
    if (const auto value = default_value(setting)) set(setting, object, *value);
  }
}

void complete(Config& config, const std::string& directory, Report& report) {
  complete_host_name(config, report);
  complete_domain(config.hostname);
  for (std::string& domain : config.domains) complete_domain(domain);
  locate_address_files(config.client_items, directory);
  locate_address_files(config.blocked_items, directory);
  config.clients = read_address_list(config.client_items, "clients", report);
  config.blocked = read_address_list(config.blocked_items, "blocked", report);
  config.debug_peers = make_peer_set(config.debug_items);
  config.dns.servers = make_name_servers(config.dns.server_items);
  complete_extensions(config.extensions, report);
  complete_control(config, report);
  for (std::size_t i = 0; i < config.schedule.size(); ++i) {
    complete_period(config.schedule[i], cat("schedule[", i, "]"), report);
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    complete_listener(config.listeners[i], cat("listeners[", i, "]"), config, report);
  }
  complete_appletalk(config, report);
}

}  // namespace postern::conf
