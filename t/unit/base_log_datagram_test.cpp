// SPDX-License-Identifier: ISC
//
// t/unit/base_log_datagram_test.cpp - what syslog daemons and the journal are sent.

#include "base/log_datagram.h"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace postern::log;
using namespace std::string_literals;

namespace {

// 1795593850 is Wed Nov 25 08:04:10 UTC 2026.
Record record_of(Level level, std::initializer_list<Field> fields, std::int64_t seconds) {
  const std::chrono::system_clock::time_point time{std::chrono::seconds{seconds}};
  return {level, "login", {fields.begin(), fields.size()}, time, 77};
}

std::string syslog(Level level, std::int64_t seconds = 1795593850) {
  return syslog_datagram(record_of(level, {}, seconds), {"posternd", "login"});
}

std::string journal(std::initializer_list<Field> fields) {
  return journal_datagram(record_of(Level::info, fields, 1795593850), {"posternd", "the line"});
}

}  // namespace

TEST_GROUP(BaseLogDatagram){void setup() override{::setenv("TZ", "UTC", 1);
::tzset();
}
void teardown() override {
  ::unsetenv("TZ");
  ::tzset();
}
}
;

TEST(BaseLogDatagram, SyslogHasPriorityTimeAndTag) {
  STRCMP_EQUAL("<22>Nov 25 08:04:10 posternd[77]: login", syslog(Level::info).c_str());
}

TEST(BaseLogDatagram, ADayOfOneDigitHasABlankBeforeIt) {
  STRCMP_EQUAL("<22>Nov  5 08:04:10 posternd[77]: login",
               syslog(Level::info, 1795593850 - 20 * 86400).c_str());
}

// The facility mail is 2, times 8.
TEST(BaseLogDatagram, LevelsAreSeverities) {
  CHECK(syslog(Level::debug).starts_with("<23>"));
  CHECK(syslog(Level::warning).starts_with("<20>"));
  CHECK(syslog(Level::error).starts_with("<19>"));
  CHECK(syslog(Level::alert).starts_with("<17>"));
}

TEST(BaseLogDatagram, TheJournalGetsFields) {
  STRCMP_EQUAL(
      "MESSAGE=the line\nPRIORITY=6\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=posternd\n"
      "SYSLOG_PID=77\nPOSTERN_EVENT=login\nPOSTERN_PEER=192.0.2.5\nPOSTERN_DELAY_MS=12\n",
      journal({{"peer", "192.0.2.5"}, {"delay_ms", 12}}).c_str());
}

// A line end of a peer's would begin a field of its own.
TEST(BaseLogDatagram, AValueWithLineEndsHasItsSizeBeforeIt) {
  CHECK(journal({{"login", "a\nMESSAGE=b"}})
            .ends_with("POSTERN_LOGIN\n\x0b\0\0\0\0\0\0\0a\nMESSAGE=b\n"s));
}

TEST(BaseLogDatagram, LongValuesAreCut) {
  const std::string x(4096, 'x');
  CHECK(journal({{"login", x + "y"}}).ends_with("POSTERN_LOGIN=" + x + "\n"));
}
