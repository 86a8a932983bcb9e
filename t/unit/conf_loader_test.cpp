// SPDX-License-Identifier: ISC
//
// t/unit/conf_loader_test.cpp - what a Config holds.  Faults are mostly in t/conf/bad.

#include <string>

#include "base/ip_address.h"
#include "base/peer_address.h"
#include "conf/loader.h"
#include "conf_fixture.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;
using postern::test::faults_of;
using postern::test::faults_with;
using postern::test::local_listener;

namespace {

Config loaded(std::string_view text) {
  const auto config = load_text(text);
  STRCMP_EQUAL("", faults_of(config).c_str());
  return config ? *config : Config{};
}

Config loaded_with(std::string_view settings) {
  return loaded(cat(settings, "\n", local_listener));
}

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

constexpr std::string_view certificate =
    "tls = { certificate = \"/c.pem\"; key = \"/k.pem\"; };\nauth = { users = \"/u\"; };\n";

}  // namespace

TEST_GROUP(ConfLoader){};

TEST(ConfLoader, FillsInDefaults) {
  const Config config = loaded_with("");
  CHECK_FALSE(config.hostname.empty());
  STRCMP_EQUAL("postern", config.user.c_str());
  STRCMP_EQUAL("/run/postern/postern.pid", config.pid_file.c_str());
  LONGS_EQUAL(1, config.workers);
  LONGS_EQUAL(30, config.drain_time.count());
  CHECK(config.domains.empty() && config.clients.empty() && config.blocked.empty());
  STRCMP_EQUAL("/var/spool/postern", config.spool.path.c_str());
  UNSIGNED_LONGS_EQUAL(104857600, config.spool.min_free);
  UNSIGNED_LONGS_EQUAL(1000, config.spool.min_free_inodes);
  CHECK(config.spool.engine == SpoolEngine::journal);
  UNSIGNED_LONGS_EQUAL(134217728, config.spool.journal.size);
  UNSIGNED_LONGS_EQUAL(262144, config.spool.journal.max_message);
  STRCMP_EQUAL("", config.tls.certificate.c_str());
  STRCMP_EQUAL("1.2", config.tls.min_version.c_str());
  STRCMP_EQUAL("", config.auth.users.c_str());
  LONGS_EQUAL(2, config.auth.processes);
  LONGS_EQUAL(2, config.auth.failure_delay.count());
  CHECK(config.log.target.kind == log::Target::Kind::syslog);
  CHECK(config.log.level == log::Level::info);
}

TEST(ConfLoader, FillsInDefaultsOfLimitsAndTimeouts) {
  const Config config = loaded_with("");
  UNSIGNED_LONGS_EQUAL(52428800, config.limits.message_size);
  UNSIGNED_LONGS_EQUAL(65536, config.limits.header_size);
  LONGS_EQUAL(1000, config.limits.recipients);
  LONGS_EQUAL(20, config.limits.errors);
  LONGS_EQUAL(100, config.limits.idle_commands);
  LONGS_EQUAL(3, config.limits.auth_failures);
  LONGS_EQUAL(100, config.limits.hops);
  UNSIGNED_LONGS_EQUAL(16384, config.limits.header_line);
  LONGS_EQUAL(0, config.limits.recipient_domains);
  LONGS_EQUAL(0, config.limits.messages);
  LONGS_EQUAL(2592000, config.limits.hold.count());
  LONGS_EQUAL(100, config.limits.client_connections);
  LONGS_EQUAL(250, config.limits.network_connections);
  LONGS_EQUAL(120, config.limits.client_connection_rate);
  LONGS_EQUAL(600, config.limits.network_connection_rate);
  LONGS_EQUAL(0, config.limits.client_message_rate);
  LONGS_EQUAL(300, config.timeouts.command.count());
  LONGS_EQUAL(600, config.timeouts.data.count());
  LONGS_EQUAL(7200, config.timeouts.message.count());
  LONGS_EQUAL(30, config.timeouts.handshake.count());
  LONGS_EQUAL(300, config.timeouts.write.count());
}

TEST(ConfLoader, TakesWhatTheFileSays) {
  const Config config = loaded_with(
      "hostname = \"mail.example.org\"; user = \"nobody\"; pid_file = \"\"; workers = 3;\n"
      "drain_time = \"2 min\"; spool = { path = \"/srv\"; min_free = 4096; min_free_inodes = 7; "
      "engine = \"journal\"; journal = { size = \"1 MiB\"; max_message = 4096; }; };\n"
      "log = { target = \"/var/log/postern.log\"; format = \"json\"; level = \"alert\"; };");
  STRCMP_EQUAL("mail.example.org", config.hostname.c_str());
  STRCMP_EQUAL("nobody", config.user.c_str());
  STRCMP_EQUAL("", config.pid_file.c_str());
  LONGS_EQUAL(3, config.workers);
  LONGS_EQUAL(120, config.drain_time.count());
  STRCMP_EQUAL("/srv", config.spool.path.c_str());
  UNSIGNED_LONGS_EQUAL(4096, config.spool.min_free);
  UNSIGNED_LONGS_EQUAL(7, config.spool.min_free_inodes);
  CHECK(config.spool.engine == SpoolEngine::journal);
  UNSIGNED_LONGS_EQUAL(1048576, config.spool.journal.size);
  UNSIGNED_LONGS_EQUAL(4096, config.spool.journal.max_message);
  CHECK(config.log.target.kind == log::Target::Kind::file);
  STRCMP_EQUAL("/var/log/postern.log", config.log.target.path.c_str());
  CHECK(config.log.format == LogFormat::json);
  CHECK(config.log.level == log::Level::alert);
}

TEST(ConfLoader, DomainsAreLowerCase) {
  const Config config = loaded_with("domains = [ \"Example.ORG\", \"b.example\" ];");
  LONGS_EQUAL(2, config.domains.size());
  STRCMP_EQUAL("example.org", config.domains[0].c_str());
  STRCMP_EQUAL("b.example", config.domains[1].c_str());
}

TEST(ConfLoader, DomainsBeyondAsciiBecomeALabels) {
  const Config config = loaded_with(
      "hostname = \"B\xc3\x9c"
      "cher.example\"; domains = [ \"caf\xc3\xa9.example\" ];");
  STRCMP_EQUAL("xn--bcher-kva.example", config.hostname.c_str());
  STRCMP_EQUAL("xn--caf-dma.example", config.domains[0].c_str());
}

TEST(ConfLoader, ClientsAndBlockedAreSetsOfAddresses) {
  const Config config = loaded_with(
      "clients = [ \"192.0.2.0/24\", \"2001:db8::1-2001:db8::5\" ];"
      "blocked = ( \"192.0.2.7\" );");
  CHECK(config.clients.contains(ip("192.0.2.255")));
  CHECK(config.clients.contains(ip("2001:db8::3")));
  CHECK_FALSE(config.clients.contains(ip("192.0.3.1")));
  CHECK(config.blocked.contains(ip("192.0.2.7")));
  CHECK_FALSE(config.blocked.contains(ip("192.0.2.8")));
}

TEST(ConfLoader, AListenerOffersTlsIfThereIsACertificate) {
  const Config config =
      loaded(cat(certificate,
                 "listeners = ( { name = \"a\"; address = \"*\"; port = 587; },\n"
                 "{ name = \"b\"; path = \"/b\"; },\n"
                 "{ name = \"c\"; address = \"::\"; port = 465; tls = \"implicit\"; "
                 "channels = 0; } );"));
  LONGS_EQUAL(3, config.listeners.size());
  const Listener& a = config.listeners[0];
  STRCMP_EQUAL("a", a.name.c_str());
  STRCMP_EQUAL("*", a.address.c_str());
  LONGS_EQUAL(587, a.port);
  CHECK(a.tls == ListenerTls::starttls && a.auth == ListenerAuth::required);
  CHECK(a.role == ListenerRole::submission && !a.auth_without_tls);
  LONGS_EQUAL(500, a.channels);
  const Listener& b = config.listeners[1];
  CHECK(b.tls == ListenerTls::none && b.auth == ListenerAuth::peer);
  STRCMP_EQUAL("/b", b.path.c_str());
  CHECK(config.listeners[2].tls == ListenerTls::implicit);
  LONGS_EQUAL(0, config.listeners[2].channels);
}

TEST(ConfLoader, AListenerOffersNoTlsWithoutACertificate) {
  const Config config = loaded(
      "domains = [ \"example.org\" ];\n"
      "listeners = ( { name = \"a\"; address = \"*\"; port = 25; role = \"mx\"; } );");
  CHECK(config.listeners[0].tls == ListenerTls::none);
  CHECK(config.listeners[0].role == ListenerRole::mx);
}

TEST(ConfLoader, AListenerSpeaksSmtpAndTrustsNobody) {
  const Listener listener = loaded_with("").listeners[0];
  CHECK(listener.protocol == ListenerProtocol::smtp);
  STRCMP_EQUAL("0666", listener.mode.c_str());
  STRCMP_EQUAL("", listener.group.c_str());
  CHECK(listener.eight_bit_header == EightBitHeader::refuse);
  LONGS_EQUAL(0, listener.greet_delay.count());
  CHECK(listener.proxy_from.empty() && listener.xclient_from.empty());
}

TEST(ConfLoader, TakesWhatAListenerSays) {
  const Config config = loaded(
      "listeners = ( { name = \"a\"; path = \"/a\"; protocol = \"lmtp\"; greet_delay = 3;\n"
      "mode = \"0660\"; group = \"mail\";\n"
      "eight_bit_header = \"accept\"; proxy_from = [ \"unix\" ]; xclient_from = ( ); } );");
  const Listener& listener = config.listeners[0];
  CHECK(listener.protocol == ListenerProtocol::lmtp);
  CHECK(listener.eight_bit_header == EightBitHeader::accept);
  STRCMP_EQUAL("0660", listener.mode.c_str());
  STRCMP_EQUAL("mail", listener.group.c_str());
  LONGS_EQUAL(3, listener.greet_delay.count());
  CHECK(listener.proxy_from.contains(PeerAddress::local_user(1000)));
  CHECK(listener.xclient_from.empty());
}

TEST(ConfLoader, PeersOfAListenerAreSets) {
  const Config config = loaded(
      "domains = [ \"example.org\" ];\n"
      "listeners = ( { name = \"a\"; address = \"*\"; port = 25; role = \"mx\";\n"
      "proxy_from = [ \"192.0.2.0/24\" ]; xclient_from = [ \"::1\", \"127.0.0.1\" ]; } );");
  const Listener& listener = config.listeners[0];
  CHECK(listener.proxy_from.contains(PeerAddress::tcp(ip("192.0.2.9"), 1)));
  CHECK_FALSE(listener.proxy_from.contains(PeerAddress::tcp(ip("::1"), 1)));
  CHECK_FALSE(listener.proxy_from.contains(PeerAddress::local_user(0)));
  CHECK(listener.xclient_from.contains(PeerAddress::tcp(ip("::1"), 1)));
  LONGS_EQUAL(2, listener.xclient_items.size());
}

TEST(ConfLoader, OffersEveryExtensionThatItCanKeepAlone) {
  const mail::Extensions on = loaded_with("").extensions;
  CHECK(on.pipelining && on.size && on.eight_bit_mime && on.smtputf8 && on.enhanced_status_codes);
  CHECK(on.dsn && on.chunking && on.binary_mime && on.limits);
  CHECK(!on.require_tls && !on.future_release && !on.deliver_by && !on.mt_priority);
}

TEST(ConfLoader, AnExtensionGoesOffWithTheOneItNeeds) {
  const auto off = [](std::string_view settings) {
    return loaded_with(cat("extensions = { ", settings, " };")).extensions;
  };
  CHECK_FALSE(off("chunking = false;").binary_mime);
  CHECK(off("chunking = false;").smtputf8);
  CHECK_FALSE(off("eight_bit_mime = false;").smtputf8);
  CHECK(off("eight_bit_mime = false;").binary_mime);
  CHECK(off("binary_mime = false;").chunking);
  CHECK(off("smtputf8 = false;").eight_bit_mime);
  STRCMP_EQUAL("1: extensions.chunking: must be true or false, not a number\n",
               faults_with("extensions = { chunking = 0; binary_mime = true; };").c_str());
}

TEST(ConfLoader, KeepsFurtherCertificatesInOrder) {
  const Config config = loaded_with(
      "tls = { certificate = \"/c\"; key = \"/k\"; min_version = \"1.3\"; certificates = (\n"
      "{ certificate = \"/c1\"; key = \"/k1\"; }, { certificate = \"/c2\"; key = \"/k2\"; } ); };");
  STRCMP_EQUAL("1.3", config.tls.min_version.c_str());
  LONGS_EQUAL(2, config.tls.certificates.size());
  STRCMP_EQUAL("/c1", config.tls.certificates[0].certificate.c_str());
  STRCMP_EQUAL("/k2", config.tls.certificates[1].key.c_str());
}

TEST(ConfLoader, AFaultyListenerKeepsTheIndexesOfTheOthers) {
  const auto config = load_text("listeners = (\n 5,\n{ name = \"b\"; path = \"/b\"; x = 1; } );");
  STRCMP_EQUAL(
      "(text):2: listeners[0]: must be a group, { ... }, not a number\n"
      "(text):3: listeners[1].x: unknown setting\n",
      faults_of(config).c_str());
}

TEST(ConfLoader, AFaultySettingCausesNoOtherFaults) {
  STRCMP_EQUAL("1: tls: must be a group, { ... }, not a string\n",
               faults_with("tls = \"x\";").c_str());
  STRCMP_EQUAL(
      "(text):1: clients: \"x\" is not an address\n",
      faults_of(load_text("clients = [ \"x\" ]; listeners = ( { name = \"a\"; address = \"*\"; "
                          "port = 25; auth = \"clients\"; } );"))
          .c_str());
  STRCMP_EQUAL(
      "(text):1: domains: \"-\" is not a domain name such as \"example.org\"\n",
      faults_of(load_text("domains = [ \"-\" ]; listeners = ( { name = \"a\"; address = \"*\"; "
                          "port = 25; role = \"mx\"; } );"))
          .c_str());
  STRCMP_EQUAL("(text):1: listeners[0].path: \"x\" is not an absolute path; begin it with \"/\"\n",
               faults_of(load_text("listeners = ( { name = \"a\"; path = \"x\"; } );")).c_str());
}

TEST(ConfLoader, AWildcardTakesThePortOfItsFamily) {
  const auto pair = [](std::string_view a, std::string_view b) {
    return faults_of(
        load_text(cat("domains = [ \"example.org\" ]; listeners = (\n{ name = \"a\"; address = \"",
                      a, "\"; port = 25; role = \"mx\"; },\n{ name = \"b\"; address = \"", b,
                      "\"; port = 25; role = \"mx\"; } );")));
  };
  const char* clash = "(text):3: listeners[1].port: listeners[0] listens there already\n";
  STRCMP_EQUAL(clash, pair("*", "*").c_str());
  STRCMP_EQUAL(clash, pair("192.0.2.1", "*").c_str());
  STRCMP_EQUAL(clash, pair("*", "::1").c_str());
  STRCMP_EQUAL(clash, pair("0.0.0.0", "192.0.2.1").c_str());
  STRCMP_EQUAL(clash, pair("2001:db8::1", "::").c_str());
  STRCMP_EQUAL("", pair("0.0.0.0", "::1").c_str());
  STRCMP_EQUAL("", pair("192.0.2.1", "192.0.2.2").c_str());
}

TEST(ConfLoader, TextThatIsNotUtf8IsAFault) {
  STRCMP_EQUAL("1: spool.path: \"/\\xff\" is not UTF-8\n",
               faults_with("spool = { path = \"/\xff\"; };").c_str());
  STRCMP_EQUAL(
      "/b\xc3\xbc"
      "cher",
      loaded_with("spool = { path = \"/b\xc3\xbc"
                  "cher\"; };")
          .spool.path.c_str());
}

TEST(ConfLoader, IncludeIsAFaultInText) {
  STRCMP_EQUAL("2: @include is not possible here\n",
               faults_with("\n  @include \"/etc/passwd\"").c_str());
}

TEST(ConfLoader, NothingIsLoadedFromJunk) {
  std::string junk;
  for (int i = 1; i < 256; ++i) junk += static_cast<char>(i);
  CHECK_FALSE(load_text(junk).has_value());
  CHECK_FALSE(load_text(std::string(1, '\0')).has_value());
  CHECK_FALSE(load_text("").has_value());
}
