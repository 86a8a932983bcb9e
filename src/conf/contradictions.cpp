// SPDX-License-Identifier: ISC
//
// conf/contradictions.cpp - settings that do not go together.

#include "conf/contradictions.h"

#include <algorithm>

#include "base/ip_address.h"
#include "base/text.h"
#include "conf/appletalk.h"
#include "conf/field.h"

namespace postern::conf {

namespace {

struct Subject {
  const Listener& listener;
  std::string place;  // "listeners[1]"

  std::string at(std::string_view setting) const { return cat(place, ".", setting); }
};

Subject subject(const Config& config, std::size_t index) {
  return {config.listeners[index], cat("listeners[", index, "]")};
}

void check_certificates(const Config& config, Report& report) {
  const auto& tls = config.tls;
  if (report.is_any_faulty({"tls.certificate", "tls.key"})) return;
  if (tls.certificate.empty() != tls.key.empty()) {
    const bool has_key = tls.certificate.empty();
    report.fault(has_key ? "tls.key" : "tls.certificate",
                 has_key ? "needs tls.certificate too" : "needs tls.key too");
  }
  if (!tls.certificates.empty() && tls.certificate.empty()) {
    report.fault("tls.certificates",
                 "needs tls.certificate, the one for clients that ask for no name");
  }
}

// Else a few large messages would fill it, and all others wait for the disk.
void check_journal(const Config::Spool& spool, Report& report) {
  constexpr ByteCount least_messages = 32;
  if (report.is_any_faulty({"spool.journal.size", "spool.journal.max_message"})) return;
  if (spool.journal.max_message <= spool.journal.size / least_messages) return;
  const bool is_size = report.is_found("spool.journal.size");
  report.fault(is_size ? "spool.journal.size" : "spool.journal.max_message",
               cat("a journal holds at least ", least_messages,
                   " messages of spool.journal.max_message; have more of the one or less of the "
                   "other"));
}

void check_extensions(const mail::Extensions& extensions, Report& report) {
  if (extensions.binary_mime && !extensions.chunking &&
      !report.is_any_faulty({"extensions.binary_mime", "extensions.chunking"})) {
    report.fault("extensions.binary_mime",
                 "needs extensions.chunking: such text cannot be sent by DATA (RFC 3030 3)");
  }
  if (extensions.smtputf8 && !extensions.eight_bit_mime &&
      !report.is_any_faulty({"extensions.smtputf8", "extensions.eight_bit_mime"})) {
    report.fault("extensions.smtputf8", "needs extensions.eight_bit_mime (RFC 6531 3.1)");
  }
}

// Whether a socket bound to a keeps one from being bound to b, on the same port.
bool covers(const std::string& a, const std::string& b) {
  if (a == "*" || b == "*" || a == b) return true;
  const auto first = IpAddress::parse(a);
  const auto second = IpAddress::parse(b);
  if (!first || !second || first->is_v4() != second->is_v4()) return false;
  return *first == *second || first->is_any() || second->is_any();
}

// A place can be had once.  first and second are settings, with their values.
void check_places(std::string_view first, const std::string& place, std::string_view second,
                  const std::string& other, Report& report) {
  if (place.empty() || place != other) return;
  report.fault(std::string(second), cat("is the same path as ", first));
}

void check_control(const Config& config, Report& report) {
  check_places("pid_file", config.pid_file, "control.path", config.control.path, report);
  check_places("pid_file", config.pid_file, "metrics.path", config.metrics.path, report);
  check_places("control.path", config.control.path, "metrics.path", config.metrics.path, report);
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const Listener& listener = config.listeners[i];
    const std::string path = cat("listeners[", i, "].path");
    check_places("control.path", config.control.path, path, listener.path, report);
    check_places("metrics.path", config.metrics.path, path, listener.path, report);
    const bool is_same = config.metrics.port != 0 && config.metrics.port == listener.port &&
                         covers(config.metrics.address, listener.address);
    if (is_same) report.fault(cat("listeners[", i, "].port"), "is the same place as metrics.port");
  }
}

void check_metrics(const Config::Metrics& metrics, Report& report) {
  if (report.is_any_faulty({"metrics.port", "metrics.address"})) return;
  if (metrics.port != 0 && metrics.address.empty()) {
    report.fault("metrics.address",
                 "is needed by metrics.port; 127.0.0.1 is for this machine only");
  }
}

void check_place(const Subject& on, Report& report) {
  const Listener& listener = on.listener;
  if (report.is_any_faulty(
          {on.place, on.at("address"), on.at("interface"), on.at("port"), on.at("path")})) {
    return;
  }
  if (listener.address.empty() && listener.path.empty()) {
    report.fault(on.place, "needs an address or an interface, and a port, or else a path");
  } else if (!listener.path.empty() && !listener.address.empty()) {
    const bool is_chosen = listener.interface.empty();
    report.fault(on.at("path"), is_chosen ? "a listener has an address or a path, not both"
                                          : "a listener has an interface or a path, not both");
  } else if (!listener.path.empty() && listener.port != 0) {
    report.fault(on.at("port"), "goes with an address, not with a path");
  } else if (!listener.address.empty() && listener.port == 0) {
    report.fault(on.at("port"), "missing; an address or interface needs a port");
  }
  const auto ip = IpAddress::parse(listener.address);
  if (ip && ip->is_link_local() && !ip->is_v4() && listener.interface.empty()) {
    report.fault(on.at("address"), "is one that each interface may have; add interface");
  }
  for (const std::string_view setting : {"mode", "owner", "group"}) {
    const bool is_idle = listener.path.empty() && report.is_found(on.at(setting));
    if (is_idle) report.fault(on.at(setting), "goes with a path, not with an address");
  }
}

void check_protocol(const Subject& on, Report& report) {
  constexpr std::uint16_t smtp_port = 25;
  const Listener& listener = on.listener;
  if (listener.protocol != ListenerProtocol::lmtp || listener.port != smtp_port) return;
  report.fault(on.at("protocol"),
               "\"lmtp\" must not be spoken on port 25, which is SMTP's (RFC 2033 5)");
}

// setting is a list of peers, and set what it says.
void check_peers(const Subject& on, std::string_view setting, const PeerSet& set, Report& report) {
  const Listener& listener = on.listener;
  if (report.is_any_faulty({on.place, on.at("address"), on.at("path")})) return;
  if (set.has_local_peers() && listener.path.empty()) {
    report.fault(on.at(setting), "\"unix\" needs a path: no other peers are on such a socket");
  }
  if (set.has_appletalk_peers()) {
    report.fault(on.at(setting), "\"appletalk\" is for debug_peers alone");
  }
  if (set.has_addresses() && listener.address.empty()) {
    report.fault(on.at(setting),
                 "addresses need an address to listen on; the peers of a path are \"unix\"");
  }
}

void check_tls(const Subject& on, const Config& config, Report& report) {
  const Listener& listener = on.listener;
  if (report.is_any_faulty({on.place, on.at("tls"), on.at("path")})) return;
  if (listener.tls == ListenerTls::implicit && !listener.path.empty()) {
    report.fault(on.at("tls"), "\"implicit\" does not go with a path");
  } else if (listener.tls != ListenerTls::none && config.tls.certificate.empty() &&
             !report.is_any_faulty({"tls", "tls.certificate", "tls.key"})) {
    report.fault(on.at("tls"),
                 cat("\"", name_of(listener.tls), "\" needs tls.certificate, which is not set"));
  }
}

bool can_log_in(const Listener& listener) {
  return listener.tls != ListenerTls::none || listener.auth_without_tls;
}

// complaint says what is in vain, on behalf of the setting, while nobody can log in.
void check_login(const Subject& on, const Config& config, const std::string& setting,
                 std::string_view complaint, Report& report) {
  if (config.auth.users.empty() && !report.is_any_faulty({"auth", "auth.users"})) {
    report.fault(setting, cat(complaint, " while auth.users is not set"));
  }
  const bool tls_is_known = !report.is_any_faulty(
      {on.at("tls"), on.at("auth_without_tls"), "tls", "tls.certificate", "tls.key"});
  if (!can_log_in(on.listener) && tls_is_known) {
    report.fault(setting, cat(complaint, " without TLS; set tls.certificate and tls, or ",
                              "auth_without_tls"));
  }
}

// Whether someone may do what the listener is for.
void check_auth(const Subject& on, const Config& config, Report& report) {
  const Listener& listener = on.listener;
  if (report.is_any_faulty({on.place, on.at("auth"), on.at("role"), on.at("path")})) return;
  if (listener.auth == ListenerAuth::peer && listener.path.empty()) {
    report.fault(on.at("auth"), "\"peer\" needs a path: only there a client's user is known");
  }
  if (listener.auth == ListenerAuth::clients && config.clients.empty() &&
      !report.is_faulty("clients")) {
    report.fault(on.at("auth"), "\"clients\" lets nobody submit while clients is empty");
  }
  if (listener.auth != ListenerAuth::required || listener.role != ListenerRole::submission) return;
  check_login(on, config, on.at("auth"), "\"required\" lets nobody submit", report);
}

// Whether those who have to log in can.
void check_require_auth(const Subject& on, const Config& config, Report& report) {
  const Listener& listener = on.listener;
  if (listener.require_auth == RequireAuth::nobody) return;
  const std::string setting = on.at("require_auth");
  if (report.is_any_faulty({on.place, setting, on.at("auth"), on.at("role"), "clients"})) return;
  const auto quoted = cat("\"", name_of(listener.require_auth), "\"");
  if (listener.role == ListenerRole::mx) {
    report.fault(setting, cat(quoted, " does not go with role \"mx\", which offers no AUTH"));
  } else if (listener.auth == ListenerAuth::peer || listener.auth == ListenerAuth::appletalk) {
    report.fault(setting, cat(quoted, " does not go with auth \"", name_of(listener.auth),
                              "\", whose clients are known otherwise"));
  } else if (listener.require_auth != RequireAuth::everybody && config.clients.empty()) {
    report.fault(setting, cat(quoted, " needs clients, which is not set"));
  } else {
    check_login(on, config, setting, cat(quoted, " lets nobody log in"), report);
  }
}

void check_auth_without_tls(const Subject& on, Report& report) {
  const Listener& listener = on.listener;
  if (!listener.auth_without_tls || listener.address.empty()) return;
  const auto address = IpAddress::parse(listener.address);
  if (address && address->is_loopback()) return;
  report.fault(on.at("auth_without_tls"),
               "only for a loopback address or a path; elsewhere passwords could be read on the "
               "network");
}

void check_role(const Subject& on, const Config& config, Report& report) {
  if (on.listener.role == ListenerRole::submission || !config.domains.empty()) return;
  if (report.is_faulty("domains")) return;
  report.fault(on.at("role"), cat("\"", name_of(on.listener.role),
                                  "\" accepts no mail from strangers while domains is empty"));
}

void check_link(const Subject& on, const Config& config, Report& report) {
  const std::string& name = on.listener.link;
  if (name.empty() || report.is_any_faulty({on.place, on.at("link"), "links"})) return;
  const auto has_name = [&name](const Link& link) { return link.name == name; };
  if (std::any_of(config.links.begin(), config.links.end(), has_name)) return;
  report.fault(on.at("link"), cat("there is no \"", name, "\" among links"));
}

void check_keep_ready(const Subject& on, const Config& config, Report& report) {
  const Listener& listener = on.listener;
  if (listener.keep_ready || !listener.link.empty() || !config.schedule.empty()) return;
  if (report.is_any_faulty({on.place, on.at("link"), "schedule"})) return;
  report.fault(on.at("keep_ready"), "false needs a link, or a schedule, that says when to close");
}

// Whether anybody looks up what this listener would use.
void check_dns(const Subject& on, const Config& config, Report& report) {
  if (on.listener.dns != ListenerDns::cached || report.is_any_faulty({on.place, on.at("dns")})) {
    return;
  }
  const auto looks_up = [](const Listener& other) { return other.dns == ListenerDns::always; };
  if (std::any_of(config.listeners.begin(), config.listeners.end(), looks_up)) return;
  report.fault(on.at("dns"), "\"cached\" finds no name while no listener has dns = \"always\"");
}

void check_reserve(const Subject& on, const Config& config, Report& report) {
  const Listener& listener = on.listener;
  if (listener.reserve == 0 || listener.channels == 0) return;
  if (report.is_any_faulty({on.place, on.at("reserve"), on.at("channels"), "clients"})) return;
  if (listener.overload == Overload::backlog && !report.is_faulty(on.at("overload"))) {
    report.fault(on.at("reserve"),
                 "does not go with overload \"backlog\": who waits there is not known yet");
  } else if (listener.reserve >= listener.channels) {
    report.fault(on.at("reserve"),
                 cat("leaves none of the ", listener.channels, " channels to others"));
  } else if (config.clients.empty() || listener.address.empty()) {
    report.fault(on.at("reserve"), listener.address.empty()
                                       ? "goes with an address: clients have addresses"
                                       : "is for nobody while clients is empty");
  }
}

void check_links(const Config& config, Report& report) {
  const auto& links = config.links;
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (std::size_t other = 0; other < i; ++other) {
      if (!links[i].name.empty() && links[i].name == links[other].name) {
        report.fault(cat("links[", i, "].name"), cat("links[", other, "] has the same name"));
      }
      if (!links[i].interface.empty() && links[i].interface == links[other].interface) {
        report.fault(cat("links[", i, "].interface"),
                     cat("links[", other, "] is the same interface"));
      }
    }
  }
}

void check_schedule(const Config& config, Report& report) {
  for (std::size_t i = 0; i < config.schedule.size(); ++i) {
    const std::string place = cat("schedule[", i, "]");
    if (report.is_any_faulty({place, place + ".from", place + ".to"})) continue;
    constexpr std::chrono::minutes day{24 * 60};
    const auto [begin, end] = std::pair(config.schedule[i].begin, config.schedule[i].end);
    const bool is_empty = begin % day == end % day && (begin == end || begin == day);
    if (!is_empty) continue;
    report.fault(place + ".to", "is the time of from; all day is \"00:00\" to \"24:00\"");
  }
}

void check_pair(const Subject& one, const Subject& other, Report& report) {
  const Listener& a = one.listener;
  const Listener& b = other.listener;
  if (!b.name.empty() && a.name == b.name) {
    report.fault(other.at("name"), cat(one.place, " has the same name"));
  }
  if (!b.path.empty() && a.path == b.path) {
    report.fault(other.at("path"), cat(one.place, " has the same path"));
  }
  const bool on_tcp = !a.address.empty() && !b.address.empty();
  const bool are_apart = !a.interface.empty() && !b.interface.empty() && a.interface != b.interface;
  if (on_tcp && !are_apart && b.port != 0 && a.port == b.port && covers(a.address, b.address)) {
    const bool is_mixed = a.interface.empty() != b.interface.empty();
    report.fault(other.at("port"),
                 cat(one.place, " listens there already",
                     is_mixed ? "; either both have an interface or none has" : ""));
  }
}

void check_listener(const Config& config, std::size_t index, Report& report) {
  const Subject on = subject(config, index);
  check_place(on, report);
  check_protocol(on, report);
  check_tls(on, config, report);
  check_auth(on, config, report);
  check_require_auth(on, config, report);
  check_auth_without_tls(on, report);
  check_role(on, config, report);
  check_link(on, config, report);
  check_keep_ready(on, config, report);
  check_reserve(on, config, report);
  check_dns(on, config, report);
  check_peers(on, "proxy_from", on.listener.proxy_from, report);
  check_peers(on, "xclient_from", on.listener.xclient_from, report);
  for (std::size_t i = 0; i < index; ++i) check_pair(subject(config, i), on, report);
}

}  // namespace

void report_contradictions(const Config& config, Report& report) {
  check_certificates(config, report);
  check_journal(config.spool, report);
  check_extensions(config.extensions, report);
  check_metrics(config.metrics, report);
  check_control(config, report);
  check_links(config, report);
  report_appletalk_contradictions(config, report);
  check_schedule(config, report);
  // The names of AppleTalk may all lead to other servers.
  const bool has_place = !config.listeners.empty() || !config.appletalk.names.empty();
  if (!has_place && !report.is_faulty("listeners")) {
    report.fault("listeners", report.is_found("listeners")
                                  ? "the list is empty; there is nothing to listen on"
                                  : "missing; there is nothing to listen on");
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) check_listener(config, i, report);
}

}  // namespace postern::conf
