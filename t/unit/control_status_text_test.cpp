// SPDX-License-Identifier: ISC
//
// t/unit/control_status_text_test.cpp - the status and the sessions, as they are shown.

#include "control/status_text.h"

#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

using namespace postern::control;
using postern::server::Activity;
using postern::server::Counter;
using postern::server::SessionRecord;

TEST_GROUP(StatusText) {
  Status status = example();

  static Status example() {
    Status made;
    made.version = "1.2.3";
    made.pid = 4711;
    made.generation = 3;
    made.started = 1795000000;
    made.uptime_seconds = 90061;
    made.workers = 2;
    made.draining = 1;
    made.listeners = {{"submission", "192.0.2.1 587", 3, 100, true, "always kept ready"},
                      {"local", "/run/smtp", 0, 10, false, "link uplink is down"}};
    made.rates = {.connections = 12.34, .messages = 0.05};
    made.spool =
        SpoolStatus{.fresh = 5, .taken = 1, .oldest_seconds = 3600, .free_octets = 3ULL << 30U};
    made.certificate_end = 1797000000;
    count(made, Counter::messages_accepted, 10);
    count(made, Counter::messages_refused, 2);
    count(made, Counter::messages_failed, 1);
    count(made, Counter::connections_served, 40);
    count(made, Counter::connections_over_channels, 3);
    count(made, Counter::connections_over_limits, 4);
    count(made, Counter::logins_valid, 20);
    count(made, Counter::logins_invalid, 5);
    count(made, Counter::logins_unavailable, 6);
    return made;
  }

  static void count(Status & of, Counter counter, std::uint64_t value) {
    of.counts[static_cast<std::size_t>(counter)] = value;
  }

  static SessionRecord session() {
    return {.id = "1k0z5",
            .peer = "192.0.2.1",
            .listener = "submission",
            .login = "alice",
            .activity = Activity::transaction,
            .has_tls = true,
            .begun = 1000,
            .messages = 2};
  }
};

TEST(StatusText, ShowsTheStatusToPeople) {
  STRCMP_EQUAL(
      "posternd  1.2.3, generation 3, pid 4711, up 1 d 01:01:01\n"
      "workers   2 serve, 1 drain\n"
      "messages  10 accepted (0.1 a minute), 2 refused, 1 failed\n"
      "clients   40 served (12.3 a minute), 7 refused\n"
      "logins    20 valid, 5 invalid, 6 without an answer\n"
      "spool     5 new, 1 taken, the oldest 01:00:00 old, 3.0 GiB free\n"
      "\n"
      "LISTENER    PLACE          CHANNELS  OF   READY  WHY\n"
      "submission  192.0.2.1 587  3         100  yes    always kept ready\n"
      "local       /run/smtp      0         10   no     link uplink is down\n",
      plain_text(status).c_str());
}

TEST(StatusText, AnEmptySpoolHasNoOldestMessage) {
  status.spool = SpoolStatus{.fresh = 0, .taken = 0, .oldest_seconds = 0, .free_octets = 1024};
  STRCMP_CONTAINS("\nspool     0 new, 0 taken, 1.0 KiB free\n", plain_text(status).c_str());
  status.spool.reset();
  STRCMP_CONTAINS("\nspool     cannot be read\n", plain_text(status).c_str());
}

TEST(StatusText, ShowsTheStatusToPrograms) {
  const std::string json = json_text(status);
  STRCMP_CONTAINS(
      R"({"version":"1.2.3","pid":4711,"generation":3,"started":1795000000,)"
      R"("uptime_seconds":90061,"workers":2,"draining":1,"messages_per_minute":0.1,)"
      R"("connections_per_minute":12.3,"certificate_expires":1797000000,)"
      R"("spool":{"new":5,"taken":1,"oldest_seconds":3600,"free_bytes":3221225472},)"
      R"("listeners":[{"name":"submission","place":"192.0.2.1 587","channels":3,"limit":100,)"
      R"("ready":true,"why":"always kept ready"},)"
      R"({"name":"local","place":"/run/smtp","channels":0,"limit":10,)"
      R"("ready":false,"why":"link uplink is down"}],"appletalk":null,"counters":[{)",
      json.c_str());
  STRCMP_CONTAINS(R"({"name":"postern_messages_total","label":"result=\"accepted\"","value":10})",
                  json.c_str());
  STRCMP_CONTAINS(R"({"name":"postern_early_talkers_total","label":"","value":0})", json.c_str());
  CHECK(json.find('\n') == json.size() - 1);
}

TEST(StatusText, WhatIsNotKnownIsNull) {
  status.spool.reset();
  status.certificate_end.reset();
  const std::string json = json_text(status);
  STRCMP_CONTAINS(R"("certificate_expires":null,"spool":null,)", json.c_str());
}

TEST(StatusText, ShowsSessionsToPeople) {
  SessionRecord other = session();
  other.id = "1k0z6";
  other.login = "";
  other.has_tls = false;
  other.activity = Activity::waiting;
  STRCMP_EQUAL(
      "SESSION  AGE       PEER       LISTENER    TLS  ACTIVITY     MESSAGES  LOGIN\n"
      "1k0z5    00:00:30  192.0.2.1  submission  yes  transaction  2         alice\n"
      "1k0z6    00:00:30  192.0.2.1  submission  no   waiting      2         -\n",
      plain_text(std::vector{session(), other}, 1030).c_str());
}

// A name may hold what the users file allows; the terminal is none of its business.
TEST(StatusText, ALoginIsMadePrintable) {
  SessionRecord odd = session();
  odd.login = "\x1b[2J\xc3\xbc";
  STRCMP_CONTAINS("\\x1b[2J\\xc3\\xbc", plain_text(std::vector{odd}, 1000).c_str());
}

TEST(StatusText, ShowsSessionsToPrograms) {
  STRCMP_EQUAL("{\"sessions\":[]}\n", json_text(std::vector<SessionRecord>{}).c_str());
  STRCMP_EQUAL(R"({"sessions":[{"session":"1k0z5","peer":"192.0.2.1","listener":"submission",)"
               R"("login":"alice","activity":"transaction","tls":true,"begun":1000,"messages":2},)"
               R"({"session":"1k0z5","peer":"192.0.2.1","listener":"submission",)"
               R"("login":"alice","activity":"transaction","tls":true,"begun":1000,"messages":2}]})"
               "\n",
               json_text(std::vector{session(), session()}).c_str());
}

TEST(StatusText, WritesDurations) {
  STRCMP_EQUAL("00:00:00", duration_text(0).c_str());
  STRCMP_EQUAL("00:00:59", duration_text(59).c_str());
  STRCMP_EQUAL("23:59:59", duration_text(86399).c_str());
  STRCMP_EQUAL("1 d 00:00:00", duration_text(86400).c_str());
  STRCMP_EQUAL("365 d 01:02:03", duration_text(365 * 86400 + 3723).c_str());
  STRCMP_EQUAL("00:00:00", duration_text(-5).c_str());  // the clock was set back
}

TEST(StatusText, WritesSizes) {
  STRCMP_EQUAL("0 octets", octets_text(0).c_str());
  STRCMP_EQUAL("1023 octets", octets_text(1023).c_str());
  STRCMP_EQUAL("1.0 KiB", octets_text(1024).c_str());
  STRCMP_EQUAL("1.5 GiB", octets_text(3ULL << 29U).c_str());
  STRCMP_EQUAL("1023.0 TiB", octets_text(1023ULL << 40U).c_str());
  STRCMP_EQUAL("16777216.0 TiB", octets_text(~0ULL).c_str());
}
