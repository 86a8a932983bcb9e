// SPDX-License-Identifier: ISC
//
// t/unit/conf_effective_test.cpp - the settings in force as a configuration file.

#include <algorithm>
#include <string>

#include "conf/loader.h"
#include "conf/settings.h"
#include "conf_fixture.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;
using postern::test::faults_of;
using postern::test::local_listener;

TEST_GROUP(ConfEffective){};

TEST(ConfEffective, PrintsGroupsAndLists) {
  const auto config = load_text(
      "hostname = \"mail.example.org\"; domains = ( \"b.example\", \"A.example\" );\n"
      "tls = { certificate = \"/c\"; key = \"/k\"; certificates = (\n"
      "{ certificate = \"/c1\"; key = \"/k1\"; }, { certificate = \"/c2\"; key = \"/k2\"; } ); };\n"
      "clients = [ \"192.0.2.0/24\" ]; limits = { message_size = 1025; };\n"
      "listeners = ( { name = \"a\"; address = \"*\"; port = 25; auth = \"clients\"; } );");
  STRCMP_EQUAL("", faults_of(config).c_str());
  const std::string text = effective_settings(*config);
  STRCMP_CONTAINS("domains = [ \"b.example\", \"a.example\" ];\n", text.c_str());
  STRCMP_CONTAINS(
      "clients = [ \"192.0.2.0/24\" ];\nblocked = [ ];\nblocked_at = \"mail\";\ndebug_peers = [ "
      "];\nspool = {\n  path = ",
      text.c_str());
  STRCMP_CONTAINS(
      "  certificates = (\n    {\n      certificate = \"/c1\";\n      key = \"/k1\";\n    },\n",
      text.c_str());
  STRCMP_CONTAINS("  message_size = \"1025 B\";\n", text.c_str());
  STRCMP_CONTAINS(
      "    address = \"*\";\n    port = 25;\n    protocol = \"smtp\";\n    tls = \"starttls\";\n",
      text.c_str());
}

TEST(ConfEffective, PrintsEverySettingThatApplies) {
  const auto config = load_text(
      cat("links = ( { name = \"uplink\"; interface = \"ppp0\"; } ); schedule = ( { days = "
          "\"Sat\"; } );"
          "listeners = ( { name = \"local\"; path = \"/run/a\"; owner = \"mail\"; group = "
          "\"mail\"; link = "
          "\"uplink\"; } );"));
  STRCMP_EQUAL("", faults_of(config).c_str());
  const std::string text = effective_settings(*config);
  for (const Setting& setting : settings()) {
    const bool has_none = setting.path.starts_with("tls.certificates[]") ||
                          setting.path.starts_with("appletalk.names[]");
    if (has_none) continue;
    const std::size_t dot = setting.path.rfind('.');
    const auto name = setting.path.substr(dot == std::string_view::npos ? 0 : dot + 1);
    const bool applies =  // it has a path
        setting.path != "listeners[].address" && setting.path != "listeners[].port";
    const bool is_in_list = setting.path.find("[].") != std::string_view::npos;
    const auto depth = std::count(setting.path.begin(), setting.path.end(), '.') + is_in_list;
    const std::string indent(2 * static_cast<std::size_t>(depth), ' ');
    const bool is_printed =
        cat("\n", text).find(cat("\n", indent, name, " = ")) != std::string::npos;
    CHECK_TEXT(is_printed == applies, std::string(setting.path).c_str());
  }
}

TEST(ConfEffective, QuotesWhatNeedsIt) {
  const auto config = load_text(cat(R"(spool = { path = "/a \"b\" \\c"; };)", local_listener));
  STRCMP_EQUAL("", faults_of(config).c_str());
  STRCMP_CONTAINS(R"(path = "/a \"b\" \\c";)", effective_settings(*config).c_str());
  const auto again = load_text(effective_settings(*config));
  STRCMP_EQUAL(config->spool.path.c_str(), again->spool.path.c_str());
}
