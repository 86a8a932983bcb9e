// SPDX-License-Identifier: ISC
//
// gateway/event_log.cpp - what happens on AppleTalk, as events of the log.

#include "gateway/event_log.h"

#include <string>

#include "adsp/address.h"
#include "base/log.h"
#include "base/text.h"

namespace postern::gateway {

namespace {

void log_one(const adsp::AddressAcquired& event) {
  log::write(log::Level::info, "appletalk_ready", {{"node", int{event.node}}});
}

void log_one(const adsp::AddressTaken& event) {
  log::write(log::Level::info, "appletalk_node_taken", {{"node", int{event.node}}});
}

void log_one(const adsp::NoAddressFree&) {
  log::write(log::Level::error, "appletalk_no_node_free", {});
}

void log_one(const adsp::AddressContested& event) {
  log::write(log::Level::warning, "appletalk_node_contested", {{"sender", event.sender}});
}

void log_one(const adsp::RouterFound& event) {
  log::write(log::Level::info, "appletalk_router",
             {{"net", event.net}, {"node", int{event.router}}});
}

void log_one(const adsp::RouterLost&) {
  log::write(log::Level::warning, "appletalk_router_lost", {});
}

void log_one(const adsp::NameRegistered& event) {
  log::write(log::Level::info, "appletalk_name", {{"name", event.name.to_string()}});
}

void log_one(const adsp::NameTaken& event) {
  log::write(log::Level::error, "appletalk_name_taken",
             {{"name", event.name.to_string()}, {"by", event.by.to_string()}});
}

void log_one(const adsp::LookupUnanswered& event) {
  log::write(log::Level::info, "appletalk_lookup",
             {{"name", event.name.to_string()}, {"net", event.net}, {"node", int{event.node}}});
}

void log_one(const adsp::LookupDone&) {}  // nobody looks anything up here

}  // namespace

void log_event(const adsp::NodeEvent& event) {
  std::visit([](const auto& one) { log_one(one); }, event);
}

}  // namespace postern::gateway
