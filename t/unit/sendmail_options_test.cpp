// SPDX-License-Identifier: ISC
//
// t/unit/sendmail_options_test.cpp - the command line of postern-sendmail.

#include "sendmail/options.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::Result;
using postern::sendmail::Mode;
using postern::sendmail::Options;
using postern::sendmail::parse_options;

namespace {

Result<Options> parsed(std::vector<std::string> words, std::string program = "sendmail") {
  words.insert(words.begin(), std::move(program));
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return parse_options(static_cast<int>(words.size()), argv.data());
}

Options good(std::vector<std::string> words, std::string program = "sendmail") {
  const auto options = parsed(std::move(words), std::move(program));
  CHECK_TEXT(options.has_value(), options ? "" : options.error().what.c_str());
  return *options;
}

void check_refused(const char* what, std::vector<std::string> words) {
  const auto options = parsed(std::move(words));
  CHECK_TEXT(!options, what);
  STRCMP_CONTAINS(what, options.error().what.c_str());
}

std::string recipients_of(const Options& options) {
  std::string all;
  for (const std::string& recipient : options.recipients) all += cat("[", recipient, "]");
  return all;
}

}  // namespace

TEST_GROUP(SendmailOptions){};

TEST(SendmailOptions, CronsCommandLineIsUnderstood) {
  const Options options = good({"-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"});
  CHECK(options.mode == Mode::submit);
  CHECK(options.takes_recipients_from_header && options.ignores_dots);
  STRCMP_EQUAL("CronDaemon", options.full_name->c_str());
  STRCMP_EQUAL("root", options.sender->c_str());
  STRCMP_EQUAL("", recipients_of(options).c_str());
}

TEST(SendmailOptions, SinglesCanStandTogether) {
  const Options options = good({"-tif", "a@x", "b@y"});
  CHECK(options.takes_recipients_from_header && options.ignores_dots);
  STRCMP_EQUAL("a@x", options.sender->c_str());
  STRCMP_EQUAL("[b@y]", recipients_of(options).c_str());
}

TEST(SendmailOptions, TheSenderMayBeNull) {
  STRCMP_EQUAL("", good({"-f", "", "a"}).sender->c_str());
  STRCMP_EQUAL("<>", good({"-r<>", "a"}).sender->c_str());
  CHECK(!good({"a"}).sender);
}

TEST(SendmailOptions, DotsEndTheTextUnlessToldOtherwise) {
  CHECK(!good({"a"}).ignores_dots);
  CHECK(good({"-i", "a"}).ignores_dots);
  CHECK(good({"-oi", "a"}).ignores_dots);
  CHECK(good({"-o", "i", "a"}).ignores_dots);
  CHECK(good({"-oi", "-oem", "a"}).ignores_dots);
}

TEST(SendmailOptions, WhatOtherServersKnewIsForgotten) {
  const Options options =
      good({"-Am",   "-Ac", "-G", "-U",       "-h", "3",   "-m", "-n",     "-om", "-oA/etc/aliases",
            "-O",    "x=y", "-X", "/tmp/log", "-L", "tag", "-p", "smtp:x", "-em", "-c",
            "-d8.1", "a@x"});
  CHECK(options.mode == Mode::submit);
  STRCMP_EQUAL("[a@x]", recipients_of(options).c_str());
}

TEST(SendmailOptions, ModesAreChosenByOptionOrName) {
  CHECK(good({"-bm", "a"}).mode == Mode::submit);
  CHECK(good({"-bs"}).mode == Mode::speak);
  CHECK(good({"-bv", "a"}).mode == Mode::verify);
  CHECK(good({"-bp"}).mode == Mode::list);
  CHECK(good({}, "/usr/bin/mailq").mode == Mode::list);
  for (const char* word : {"-bi", "-q", "-q15m", "-I"}) CHECK(good({word}).mode == Mode::nothing);
  CHECK(good({}, "newaliases").mode == Mode::nothing);
  CHECK(good({"a"}, "/usr/lib/sendmail").mode == Mode::submit);
  check_refused("posternd(8)", {"-bd"});
}

// RFC 3461 4.1, 4.3 and 4.4.
TEST(SendmailOptions, NotificationsAreAskedFor) {
  const Options options = good({"-N", "failure,delay", "-R", "hdrs", "-V", "id 1", "a"});
  CHECK(options.notify->failure && options.notify->delay && !options.notify->success);
  CHECK(options.ret == postern::mail::Return::headers);
  STRCMP_EQUAL("id 1", options.envelope_id.c_str());
  CHECK(good({"-Nnever", "a"}).notify->never);
  check_refused("-N sometimes", {"-N", "sometimes", "a"});
  check_refused("-R half", {"-R", "half", "a"});
  check_refused("-V ", {"-V", "", "a"});
  check_refused("-V ", {"-V", "a\nb", "a"});
  check_refused("-V ", {"-V", std::string(101, 'x'), "a"});
}

TEST(SendmailOptions, TheBodyMayBeDeclared) {
  CHECK(good({"-B", "8BITMIME", "a"}).is_eight_bit);
  CHECK(!good({"-B8bitmime", "-B7bit", "a"}).is_eight_bit);
  check_refused("-B 9BIT", {"-B", "9BIT", "a"});
}

TEST(SendmailOptions, BehindTheFirstRecipientAreRecipients) {
  check_refused("options stand before recipients", {"a@x", "-f", "b@y"});
  STRCMP_EQUAL("[a@x][-f][b@y]", recipients_of(good({"--", "a@x", "-f", "b@y"})).c_str());
  STRCMP_EQUAL("[-t]", recipients_of(good({"-i", "--", "-t"})).c_str());
  CHECK(!good({"--", "-t"}).takes_recipients_from_header);
}

TEST(SendmailOptions, UnknownOptionsAreRefused) {
  check_refused("unknown option -z", {"-z", "a"});
  check_refused("unknown option -f", {"-f"});
}

TEST(SendmailOptions, TheServerMayBeAnother) {
  STRCMP_EQUAL("/tmp/smtp", good({"-s", "/tmp/smtp", "a"}).socket.c_str());
  STRCMP_EQUAL("/tmp/conf", good({"-C/tmp/conf", "a"}).config.c_str());
}
