// SPDX-License-Identifier: ISC
//
// t/unit/server_command_tally_test.cpp - counts of commands.

#include "server/command_tally.h"

#include <CppUTest/TestHarness.h>

using postern::server::CommandTally;
using postern::smtp::Verb;

TEST_GROUP(ServerCommandTally) {
  CommandTally tally;

  void say(Verb verb, std::uint32_t code) {
    tally.add_command(verb);
    tally.add_reply(code);
  }
};

TEST(ServerCommandTally, IsEmptyAtFirst) {
  CHECK(tally.is_empty());
  STRCMP_EQUAL("commands=0", tally.to_string().c_str());
}

TEST(ServerCommandTally, CountsEachVerbInTheOrderOfPostfix) {
  say(Verb::ehlo, 250);
  say(Verb::mail, 250);
  say(Verb::rcpt, 250);
  say(Verb::rcpt, 250);
  say(Verb::quit, 221);
  STRCMP_EQUAL("ehlo=1 mail=1 rcpt=2 quit=1 commands=5", tally.to_string().c_str());
  CHECK(tally.last() == Verb::quit);
}

TEST(ServerCommandTally, TellsHowManyWereGranted) {
  say(Verb::rcpt, 250);
  say(Verb::rcpt, 550);
  say(Verb::rcpt, 452);
  STRCMP_EQUAL("rcpt=1/3 commands=1/3", tally.to_string().c_str());
}

TEST(ServerCommandTally, TheLastReplyToACommandDecides) {
  tally.add_reply(220);  // the greeting is for no command
  say(Verb::auth, 334);
  tally.add_reply(535);
  say(Verb::data, 354);
  tally.add_reply(250);
  tally.add_reply(550);  // of a further recipient of LMTP
  STRCMP_EQUAL("auth=0/1 data=1 commands=1/2", tally.to_string().c_str());
}

TEST(ServerCommandTally, VerbsOfHttpAreUnknown) {
  say(Verb::not_smtp, 421);
  say(Verb::unknown, 500);
  STRCMP_EQUAL("unknown=0/2 commands=0/2", tally.to_string().c_str());
}
