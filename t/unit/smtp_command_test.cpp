// SPDX-License-Identifier: ISC
//
// t/unit/smtp_command_test.cpp - command lines taken apart.

#include "smtp/command.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::smtp::Command;
using postern::smtp::parse_command;
using postern::smtp::Verb;

namespace {

void check_command(Verb verb, std::string_view name, std::string_view arguments,
                   std::string_view line) {
  const Command command = parse_command(line);
  CHECK_TEXT(command.verb == verb, std::string(line).c_str());
  STRCMP_EQUAL(std::string(name).c_str(), std::string(command.name).c_str());
  STRCMP_EQUAL(std::string(arguments).c_str(), std::string(command.arguments).c_str());
}

}  // namespace

TEST_GROUP(SmtpCommand){};

TEST(SmtpCommand, KnowsTheVerbs) {
  const std::pair<std::string_view, Verb> verbs[] = {
      {"EHLO", Verb::ehlo}, {"HELO", Verb::helo},         {"MAIL", Verb::mail},
      {"RCPT", Verb::rcpt}, {"DATA", Verb::data},         {"RSET", Verb::rset},
      {"NOOP", Verb::noop}, {"QUIT", Verb::quit},         {"VRFY", Verb::vrfy},
      {"HELP", Verb::help}, {"STARTTLS", Verb::starttls}, {"AUTH", Verb::auth},
      {"EXPN", Verb::expn}, {"ETRN", Verb::etrn},
  };
  for (const auto& [name, verb] : verbs) {
    check_command(verb, name, "", name);
    check_command(verb, name, "x", cat(name, " x"));
  }
}

TEST(SmtpCommand, VerbsMayBeInAnyCase) {
  check_command(Verb::starttls, "sTaRtTlS", "", "sTaRtTlS");
}

TEST(SmtpCommand, RecognizesBrowsers) {
  for (const char* name : {"GET", "POST", "PUT", "CONNECT", "HEAD", "OPTIONS"}) {
    check_command(Verb::not_smtp, name, "/ HTTP/1.1", cat(name, " / HTTP/1.1"));
  }
}

TEST(SmtpCommand, AVerbIsAWholeWord) {
  check_command(Verb::unknown, "NOOPS", "", "NOOPS");
  check_command(Verb::unknown, "NOO", "P", "NOO P");
  check_command(Verb::unknown, "MAIL:", "x", "MAIL: x");
  check_command(Verb::unknown, "", "", "");
  check_command(Verb::unknown, "", "", " \t ");
}

TEST(SmtpCommand, BlanksAroundArgumentsDoNotBelongToThem) {
  check_command(Verb::mail, "MAIL", "FROM:<a@b> X=1", "MAIL  \t FROM:<a@b> X=1 \t");
  check_command(Verb::noop, "NOOP", "", "  NOOP ");
  check_command(Verb::noop, "NOOP", "a  b", "NOOP\ta  b");
}

TEST(SmtpCommand, ControlCharactersMakeALineUnknown) {
  for (const char c : {'\0', '\x01', '\x1b', '\x7f', '\r', '\n'}) {
    check_command(Verb::unknown, "", "", cat("NOOP", c));
    check_command(Verb::unknown, "", "", cat("NOOP ", c, "x"));
  }
}

TEST(SmtpCommand, OctetsBeyondAsciiMayBeInArguments) {
  check_command(Verb::noop, "NOOP", "\xc3\xa9\xff", "NOOP \xc3\xa9\xff");
}
