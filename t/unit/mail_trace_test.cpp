// SPDX-License-Identifier: ISC
//
// t/unit/mail_trace_test.cpp - Received, Date and Message-ID.

#include "mail/trace.h"

#include <stdlib.h>
#include <time.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern::mail;
using postern::cat;
using postern::IpAddress;
using postern::PeerAddress;

namespace {

// Local time is that of zone while this lives (POSIX TZ: "UTC+5" is west of Greenwich).
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    if (const char* old = ::getenv("TZ")) old_ = old;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~TimeZone() {
    if (old_) {
      ::setenv("TZ", old_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  std::optional<std::string> old_;
};

constexpr std::chrono::system_clock::time_point when{std::chrono::seconds{1795469820}};

}  // namespace

TEST_GROUP(MailTrace) {
  TimeZone zone{"UTC0"};
  PeerAddress peer = PeerAddress::tcp(*IpAddress::parse("192.0.2.5"), 40000);
  Envelope envelope;
  std::string helo = "client.example";
  std::string tls;
  std::string host;

  void setup() override {
    envelope.recipients = {{{"bob", "example.net"}}};
    envelope.id = "1gk3-1";
    envelope.with = "ESMTP";
  }

  std::string received() {
    return received_field(envelope, {helo, peer, "mail.example.org", tls, when, host});
  }

  // The first line of Received.
  void check_from(const char* expected) {
    const std::string field = received();
    STRCMP_EQUAL(expected, field.substr(0, field.find('\n')).c_str());
  }
};

// RFC 5322 3.3.
TEST(MailTrace, DatesAreThoseOfTheStandard) {
  STRCMP_EQUAL("Mon, 23 Nov 2026 21:37:00 +0000", format_date(when).c_str());
  STRCMP_EQUAL("Thu, 1 Jan 1970 00:00:01 +0000",
               format_date(std::chrono::system_clock::time_point{std::chrono::seconds{1}}).c_str());
}

TEST(MailTrace, DatesAreInLocalTime) {
  const TimeZone east("EAST-05:30");
  STRCMP_EQUAL("Tue, 24 Nov 2026 03:07:00 +0530", format_date(when).c_str());
  const TimeZone west("WEST03:05");
  STRCMP_EQUAL("Mon, 23 Nov 2026 18:32:00 -0305", format_date(when).c_str());
}

TEST(MailTrace, EachDayAndMonthHasItsName) {
  std::string days;
  std::string months;
  for (int i = 0; i < 7; ++i) days += format_date(when + std::chrono::hours{24 * i}).substr(0, 3);
  for (int i = 0; i < 12; ++i) {
    const std::string date = format_date(when + std::chrono::hours{24 * 30 * i + 24 * 3});
    months += date.substr(date.find(' ', 5) + 1, 3);
  }
  STRCMP_EQUAL("MonTueWedThuFriSatSun", days.c_str());
  STRCMP_EQUAL("NovDecJanFebMarAprMayJunJulAugSepOct", months.c_str());
}

TEST(MailTrace, ReceivedTellsHowAMessageCame) {
  tls = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384";
  STRCMP_EQUAL(
      "Received: from client.example ([192.0.2.5])\n"
      "\tby mail.example.org (Postern) with ESMTP id 1gk3-1\n"
      "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\n"
      "\tfor <bob@example.net>;\n"
      "\tMon, 23 Nov 2026 21:37:00 +0000\n",
      received().c_str());
}

TEST(MailTrace, InTheClearThereIsNoTls) {
  CHECK(received().find("using") == std::string::npos);
}

// RFC 5321 7.2: else blind copies would show.
TEST(MailTrace, OnlyASingleRecipientIsNamed) {
  envelope.recipients.push_back({{"carol", "example.com"}});
  CHECK(received().find("for <") == std::string::npos);
  CHECK(received().find("bob") == std::string::npos);
  STRCMP_CONTAINS("id 1gk3-1;\n\tMon, ", received().c_str());
}

TEST(MailTrace, Ipv6AddressesAreTagged) {
  peer = PeerAddress::tcp(*IpAddress::parse("2001:db8::1"), 40000);
  check_from("Received: from client.example ([IPv6:2001:db8::1])");
}

// RFC 5321 7.6.
// RFC 5321 4.4: TCP-info.
TEST(MailTrace, TheNameOfTheAddressStandsBeforeIt) {
  host = "mail.example.net";
  check_from("Received: from client.example (mail.example.net [192.0.2.5])");
}

TEST(MailTrace, WhereAnAuthenticatedClientIsStaysOut) {
  host = "mail.example.net";
  envelope.login = "alice";
  check_from("Received: from client.example (authenticated)");
  CHECK(received().find("192.0.2.5") == std::string::npos);
  CHECK(received().find("alice") == std::string::npos);
}

TEST(MailTrace, ALocalUserIsNamedByNumber) {
  peer = PeerAddress::local_user(1000);
  check_from("Received: from client.example (local user 1000)");
}

TEST(MailTrace, AMacIsNamedByItsPlaceOnTheNetwork) {
  peer = PeerAddress::appletalk(2, 15, 130);
  check_from("Received: from client.example (appletalk:2.15.130)");
}

TEST(MailTrace, TheClientsNameCannotBreakTheField) {
  for (const char* name : {"", "a b", "a\n", "a;b", "a(b", "a)b", "<a>", "\"a\"", "a\\b",
                           "caf\xc3\xa9", "a,b", "a@b", "it's"}) {
    helo = name;
    check_from("Received: from unknown ([192.0.2.5])");
  }
  for (const char* name : {"[192.0.2.9]", "[IPv6:2001:db8::1]", "a-b_c.d", "X"}) {
    helo = name;
    check_from(cat("Received: from ", name, " ([192.0.2.5])").c_str());
  }
}

TEST(MailTrace, DateAndMessageIdAreWholeFields) {
  STRCMP_EQUAL("Date: Mon, 23 Nov 2026 21:37:00 +0000\n", date_field(when).c_str());
  STRCMP_EQUAL("Message-ID: <1gk3-1@mail.example.org>\n",
               message_id_field("1gk3-1", "mail.example.org").c_str());
}
