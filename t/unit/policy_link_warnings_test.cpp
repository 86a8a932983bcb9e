// SPDX-License-Identifier: ISC
//
// t/unit/policy_link_warnings_test.cpp - settings that would bring up a link.

#include "policy/link_warnings.h"

#include <string>
#include <vector>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::policy::link_warnings;

namespace {

const Interfaces interfaces{
    {"ppp0", {7, true, {*IpAddress::parse("198.51.100.25"), *IpAddress::parse("2001:db8::25")}}}};

}  // namespace

// One listener, one link that is on demand, and nothing wrong with either.
TEST_GROUP(PolicyLinkWarnings) {
  conf::Config config;

  void setup() override {
    config.links = {{.name = "uplink", .interface = "ppp0", .on_demand = true}};
    config.listeners.emplace_back();
    listener().address = "192.0.2.1";
    listener().channels = 10;
  }
  conf::Listener& listener() {
    return config.listeners.front();
  }
  void warns_of(std::string_view expected) {
    std::string all;
    for (const std::string& warning : link_warnings(config, interfaces)) all += warning + "\n";
    STRCMP_EQUAL(std::string(expected).c_str(), all.c_str());
  }
  void warns_of_nothing() {
    warns_of("");
  }
};

TEST(PolicyLinkWarnings, AListenerElsewhereIsFine) {
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, AListenerOfTheLinkIsFineOnDemandOnly) {
  listener().link = "uplink";
  warns_of(
      "listeners[0].keep_ready: true keeps it open on link \"uplink\", which is on demand: whoever "
      "waits for it there may bring the link up, or keep it up; set it to false\n");
  listener().keep_ready = false;
  warns_of_nothing();
  listener().address = "*";
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, AListenerEverywhereIsOnTheLinkToo) {
  for (const char* address : {"*", "0.0.0.0", "::"}) {
    listener().address = address;
    warns_of(cat("listeners[0].address: \"", address,
                 "\" is open on link \"uplink\", which is on demand, too: name the address of the "
                 "network that it is for, or set link = \"uplink\" and keep_ready = false\n"));
  }
}

TEST(PolicyLinkWarnings, SoIsOneWithAnAddressOfTheLink) {
  for (const char* address : {"198.51.100.25", "2001:db8:0::25"}) {
    listener().address = address;
    warns_of(cat("listeners[0].address: \"", address,
                 "\" is open on link \"uplink\", which is on demand, too: set link = \"uplink\" "
                 "and keep_ready = false\n"));
  }
  config.links[0].interface = "ppp1";  // which has no address yet
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, OnlyLinksThatAreDearMatter) {
  listener().address = "*";
  config.links[0].on_demand = false;
  warns_of_nothing();
  config.links[0].metered = true;
  STRCMP_CONTAINS("which is metered, too", link_warnings(config, interfaces).front().c_str());
  config.links[0].on_demand = true;
  STRCMP_CONTAINS("which is on demand and metered, too",
                  link_warnings(config, interfaces).front().c_str());
}

TEST(PolicyLinkWarnings, WhatIsNotOpenOrNotOnTheNetworkIsFine) {
  listener().address = "*";
  listener().channels = 0;
  warns_of_nothing();
  listener().channels = 10;
  listener().address.clear();
  listener().path = "/run/postern/smtp.sock";
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, NameServersMayBeBehindTheLink) {
  listener().dns = conf::ListenerDns::cached;
  warns_of_nothing();
  listener().dns = conf::ListenerDns::always;
  warns_of(
      "listeners[0].dns: \"always\" asks name servers who each client is, and these may be, or "
      "ask, behind link \"uplink\", which is on demand; set it to \"never\"\n");
  config.links[0].on_demand = false;
  warns_of_nothing();
  config.links[0].on_demand = true;
  listener().channels = 0;
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, EachLinkHasItsOwn) {
  listener().address = "*";
  listener().link = "uplink";
  listener().keep_ready = false;
  config.links.push_back({.name = "mobile", .interface = "wwan0", .metered = true});
  STRCMP_CONTAINS("\"mobile\"", link_warnings(config, interfaces).front().c_str());
  LONGS_EQUAL(1, link_warnings(config, interfaces).size());
}

TEST(PolicyLinkWarnings, PrometheusIsAVisitorToo) {
  config.metrics.address = "*";
  warns_of_nothing();  // port 0: it is not there
  config.metrics.port = 9100;
  warns_of(
      "metrics.address: \"*\" is open on link \"uplink\", which is on demand, too: each visit of "
      "Prometheus is traffic there; name another address\n");
  config.metrics.address = "198.51.100.25";
  LONGS_EQUAL(1, link_warnings(config, interfaces).size());
  config.metrics.address = "127.0.0.1";
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, AListenerOfAnotherInterfaceIsFineWhateverItsAddress) {
  listener().address = "*";
  listener().interface = "eth0";
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, AListenerOfTheLinksInterfaceIsNot) {
  listener().address = "*";
  listener().interface = "ppp0";
  STRCMP_CONTAINS("is open on link", link_warnings(config, interfaces).front().c_str());
}

TEST(PolicyLinkWarnings, AScheduleThatClosesNothingIsForNothing) {
  config.schedule.emplace_back();
  warns_of("schedule: closes nothing, since no listener has keep_ready = false\n");
  listener().keep_ready = false;
  warns_of_nothing();
}

TEST(PolicyLinkWarnings, AppleTalkNeedsItsInterface) {
  config.appletalk.interface = "ppp0";
  warns_of_nothing();
  config.appletalk.interface = "eth7";
  warns_of(
      "appletalk.interface: there is no eth7 now; nobody on AppleTalk is served until there is\n");
}
