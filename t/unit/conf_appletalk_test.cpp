// SPDX-License-Identifier: ISC
//
// t/unit/conf_appletalk_test.cpp - where names on AppleTalk lead.  Faults are mostly in t/conf/bad.

#include <string>

#include "conf/loader.h"
#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;
using postern::test::faults_of;

namespace {

Config loaded(const std::string& names, const std::string& listener) {
  const auto config = load_text(cat("appletalk = { interface = \"eth0\"; names = ( ", names,
                                    " ); };\nlisteners = ( ", listener, " );"));
  STRCMP_EQUAL("", faults_of(config).c_str());
  return config ? *config : Config{};
}

std::string name_to(const std::string& to, const std::string& more = "") {
  return cat("{ object = \"Caf\xc3\xa9\"; types = [ \"SMTPServer\" ]; to = \"", to, "\"; ", more,
             " }");
}

constexpr const char* macs = R"({ name = "macs"; path = "/run/macs"; auth = "appletalk"; })";
constexpr const char* local = R"({ name = "local"; path = "/run/local"; })";

}  // namespace

TEST_GROUP(ConfAppleTalk){};

TEST(ConfAppleTalk, AnAppleTalkListenerIsForTheGatewayAlone) {
  const Config config = loaded(name_to("macs"), macs);
  const Listener& listener = config.listeners.front();
  STRCMP_EQUAL("0600", listener.mode.c_str());
  CHECK(listener.proxy_from.has_local_peers());
}

TEST(ConfAppleTalk, WhatTheFileSaysOfItStays) {
  const Config config =
      loaded(name_to("macs"), R"({ name = "macs"; path = "/run/macs"; auth = "appletalk";)"
                              R"( mode = "0660"; proxy_from = [ "unix" ]; })");
  STRCMP_EQUAL("0660", config.listeners.front().mode.c_str());
  LONGS_EQUAL(1, config.listeners.front().proxy_items.size());
}

TEST(ConfAppleTalk, ANameMayLeadToAListener) {
  const Config config = loaded(name_to("macs"), macs);
  const AppleTalkName& name = config.appletalk.names.front();
  STRCMP_EQUAL("/run/macs", name.path.c_str());
  CHECK(!name.address);
  CHECK_TRUE(name.proxy);
}

TEST(ConfAppleTalk, OneThatTakesNoProxyHeaderGetsNone) {
  CHECK_FALSE(loaded(name_to("local"), local).appletalk.names.front().proxy);
  CHECK_TRUE(loaded(name_to("local", "proxy = true;"), local).appletalk.names.front().proxy);
}

TEST(ConfAppleTalk, ANameMayLeadToAPath) {
  const Config config = loaded(name_to("/run/pop"), local);
  STRCMP_EQUAL("/run/pop", config.appletalk.names.front().path.c_str());
  CHECK_FALSE(config.appletalk.names.front().proxy);
}

TEST(ConfAppleTalk, ANameMayLeadToAnAddress) {
  const Config config = loaded(cat(name_to("127.0.0.1:110"), ", ",
                                   R"({ object = "b"; types = [ "t" ]; to = "[::1]:995"; })"),
                               local);
  LONGS_EQUAL(110, config.appletalk.names[0].address->port);
  STRCMP_EQUAL("127.0.0.1", config.appletalk.names[0].address->ip.to_string().c_str());
  LONGS_EQUAL(995, config.appletalk.names[1].address->port);
}

TEST(ConfAppleTalk, AnythingElseIsAFault) {
  for (const char* to : {"pop", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "pop:110", "x y"}) {
    const auto config = load_text(cat("appletalk = { interface = \"eth0\"; names = ( ", name_to(to),
                                      " ); };\nlisteners = ( ", local, " );"));
    STRCMP_CONTAINS("is no listener, no path, and no address", faults_of(config).c_str());
  }
}
