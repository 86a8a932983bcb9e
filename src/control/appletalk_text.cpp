// SPDX-License-Identifier: ISC
//
// control/appletalk_text.cpp - the gateway to AppleTalk, for people and for programs.

#include "control/appletalk_text.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "control/metrics_label.h"
#include "control/table.h"

namespace postern::control {

namespace {

using gateway::Sight;
using gateway::Totals;

struct Counter {
  std::uint64_t Totals::*value;
  std::string_view name;  // in JSON, and behind "postern_appletalk_" and before "_total"
  std::string_view help;
};

constexpr std::array counters{
    Counter{&Totals::opened, "connections_opened", "Connections that peers have opened."},
    Counter{&Totals::denied, "connections_denied", "Connections for which there was no channel."},
    Counter{&Totals::retransmissions, "retransmissions", "Packets that were sent again."},
    Counter{&Totals::octets_in, "received_bytes", "Octets that peers have sent."},
    Counter{&Totals::octets_out, "sent_bytes", "Octets that were sent to peers."},
    Counter{&Totals::dropped, "dropped", "Datagrams that were of no use."},
    Counter{&Totals::lookups_unanswered, "lookups_unanswered",
            "Look-ups of names that are not here."},
};

std::string number(std::string_view name, std::uint64_t value) {
  return cat(json_string(name), ":", value);
}

std::uint64_t channels_of(const Sight& sight) {
  std::uint64_t sum = 0;
  for (const Sight::Service& service : sight.services) sum += service.channels;
  return sum;
}

// What the gateway has written there may be anything, if it was taken over.
std::string place_of(const Sight& sight) {
  if (sight.node == 0) return "no node number yet";
  const std::string router = sight.router == 0 ? "no router" : cat("router ", int{sight.router});
  return cat("net ", sight.net, ", node ", int{sight.node}, ", ", router, ", zone ",
             printable(sight.zone));
}

}  // namespace

std::string plain_text(const Sight& sight) {
  if (!sight.is_there) return "appletalk does not run\n";
  const Totals& totals = sight.totals;
  std::string text =
      cat("appletalk ", place_of(sight), "; ", channels_of(sight), " connected, ", totals.opened,
          " opened, ", totals.denied, " denied, ", totals.retransmissions, " packets sent again, ",
          totals.lookups_unanswered, " look-ups unanswered\n\n");
  std::vector<std::vector<std::string>> rows{{"APPLETALK NAME", "STATE"}};
  for (const Sight::Name& name : sight.names) {
    rows.push_back({printable(name.name), printable(name.state)});
  }
  return text + table_text(rows);
}

std::string json_text(const Sight& sight) {
  std::string text = cat("{", number("net", sight.net), ",", number("node", sight.node), ",",
                         number("router", sight.router), ",\"zone\":", json_string(sight.zone));
  std::string list;
  for (const Sight::Name& name : sight.names) {
    list += cat(list.empty() ? "" : ",", "{\"name\":", json_string(name.name),
                ",\"state\":", json_string(name.state), "}");
  }
  text += cat(",\"names\":[", list, "]");
  list.clear();
  for (const Sight::Service& service : sight.services) {
    list += cat(list.empty() ? "" : ",", "{\"to\":", json_string(service.to), ",",
                number("channels", service.channels), ",", number("limit", service.limit), "}");
  }
  text += cat(",\"services\":[", list, "]");
  for (const Counter& counter : counters) {
    text += cat(",", number(counter.name, sight.totals.*counter.value));
  }
  return text + "}";
}

std::string metrics_text(const Sight& sight) {
  std::string text =
      cat("# HELP postern_appletalk_channels Connections of AppleTalk at present.\n"
          "# TYPE postern_appletalk_channels gauge\npostern_appletalk_channels ",
          channels_of(sight),
          "\n# HELP postern_appletalk_node The node number; 0: none yet.\n"
          "# TYPE postern_appletalk_node gauge\npostern_appletalk_node ",
          int{sight.node}, "\n");
  text +=
      cat("# HELP postern_appletalk_info Where it is, as labels.\n"
          "# TYPE postern_appletalk_info gauge\npostern_appletalk_info{net=\"",
          sight.net, "\",router=\"", int{sight.router}, "\",zone=\"", label_value(sight.zone),
          "\"} 1\n# HELP postern_appletalk_name Names and their states, as labels.\n"
          "# TYPE postern_appletalk_name gauge\n");
  for (const Sight::Name& name : sight.names) {
    text += cat("postern_appletalk_name{name=\"", label_value(name.name), "\",state=\"",
                label_value(name.state), "\"} 1\n");
  }
  for (const Counter& counter : counters) {
    const std::string name = cat("postern_appletalk_", counter.name, "_total");
    text += cat("# HELP ", name, " ", counter.help, "\n# TYPE ", name, " counter\n", name, " ",
                sight.totals.*counter.value, "\n");
  }
  return text;
}

}  // namespace postern::control
