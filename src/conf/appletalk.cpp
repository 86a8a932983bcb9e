// SPDX-License-Identifier: ISC
//
// conf/appletalk.cpp - what the settings of AppleTalk mean, and which do not go together.

#include "conf/appletalk.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "adsp/mac_roman.h"
#include "adsp/name_service.h"
#include "base/socket_address.h"
#include "base/text.h"

namespace postern::conf {

namespace {

const Listener* find_listener(const Config& config, std::string_view name) {
  const auto found =
      std::find_if(config.listeners.begin(), config.listeners.end(),
                   [name](const Listener& listener) { return listener.name == name; });
  return found == config.listeners.end() ? nullptr : &*found;
}

// "127.0.0.1:110".
std::optional<SocketAddress> read_address(const std::string& text) {
  const auto address = SocketAddress::parse(text, 0);
  return address && address->port != 0 ? address : std::nullopt;
}

// A listener of this server, a path, or an address.
void complete_name(AppleTalkName& name, const std::string& place, const Config& config,
                   Report& report) {
  const std::string to = place + ".to";
  if (report.is_faulty(to)) return;
  const Listener* listener = find_listener(config, name.to);
  if (listener != nullptr) {
    name.path = listener->path;
    if (!report.is_found(place + ".proxy")) name.proxy = listener->proxy_from.has_local_peers();
    if (name.path.empty()) report.fault(to, "needs a listener that has a path");
  } else if (name.to.starts_with('/')) {
    name.path = name.to;
  } else {
    name.address = read_address(name.to);
    if (!name.address) {
      report.fault(to, cat("\"", printable(name.to),
                           "\" is no listener, no path, and no address with a port such as "
                           "\"127.0.0.1:110\""));
    }
  }
}

void complete_listener(Listener& listener, const std::string& place, const Report& report) {
  if (listener.auth != ListenerAuth::appletalk || listener.path.empty()) return;
  if (!report.is_found(place + ".mode")) listener.mode = "0600";
  if (report.is_found(place + ".proxy_from")) return;
  listener.proxy_items = {"unix"};
  listener.proxy_from = PeerSet{};
  static_cast<void>(listener.proxy_from.add("unix"));
}

void check_name(const AppleTalkName& name, const std::string& place, Report& report) {
  if (report.is_faulty(place + ".types") || !name.types.empty()) return;
  report.fault(place + ".types", "names nothing that a mail program could look for");
}

// As the network compares them; texts that are none there are complained of elsewhere.
bool is_same(const std::string& text, const std::string& other) {
  const auto octets = adsp::utf8_to_mac_roman(text);
  const auto other_octets = adsp::utf8_to_mac_roman(other);
  return octets && other_octets && adsp::mac_roman_iequals(*octets, *other_octets);
}

// Two services of one name and type could not be told apart.
void check_twins(const AppleTalkName& name, const AppleTalkName& other, const std::string& place,
                 const std::string& other_place, Report& report) {
  if (!is_same(name.object, other.object)) return;
  for (const std::string& type : name.types) {
    const bool is_twin =
        std::any_of(other.types.begin(), other.types.end(),
                    [&type](const std::string& other_type) { return is_same(type, other_type); });
    if (is_twin) {
      report.fault(place + ".types",
                   cat(other_place, " is called \"", name.object, ":", type, "\", too"));
    }
  }
}

void check_count(const std::vector<AppleTalkName>& names, Report& report) {
  constexpr std::size_t most = adsp::NameService::most_names;
  std::size_t count = 0;
  for (const AppleTalkName& name : names) count += name.types.size();
  if (count <= most) return;
  report.fault("appletalk.names", cat(count, " names, each type counted, are more than ", most));
}

void check_listener(const Listener& listener, const std::string& place, Report& report) {
  if (listener.auth != ListenerAuth::appletalk || report.is_faulty(place + ".auth")) return;
  if (listener.path.empty()) {
    report.fault(place + ".auth", "\"appletalk\" needs a path, where postern-adsp connects");
  } else if (!listener.proxy_from.has_local_peers() && !report.is_faulty(place + ".proxy_from")) {
    report.fault(place + ".proxy_from", "must have \"unix\": the header says who is on AppleTalk");
  } else if (!listener.keep_ready) {
    report.fault(place + ".keep_ready", "AppleTalk is always ready, and knows no links");
  }
}

}  // namespace

void complete_appletalk(Config& config, Report& report) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    complete_listener(config.listeners[i], cat("listeners[", i, "]"), report);
  }
  auto& names = config.appletalk.names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    complete_name(names[i], cat("appletalk.names[", i, "]"), config, report);
  }
}

void report_appletalk_contradictions(const Config& config, Report& report) {
  const auto& names = config.appletalk.names;
  check_count(names, report);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string place = cat("appletalk.names[", i, "]");
    check_name(names[i], place, report);
    for (std::size_t other = 0; other < i; ++other) {
      check_twins(names[i], names[other], place, cat("appletalk.names[", other, "]"), report);
    }
  }
  if (config.appletalk.interface.empty() && !names.empty() &&
      !report.is_faulty("appletalk.interface")) {
    report.fault("appletalk.names", "needs appletalk.interface, the network that they are on");
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    check_listener(config.listeners[i], cat("listeners[", i, "]"), report);
  }
}

}  // namespace postern::conf
