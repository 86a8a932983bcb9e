// SPDX-License-Identifier: ISC
//
// t/unit/mail_reply_test.cpp - every reply a client can see.

#include "mail/reply.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern::mail;

namespace {

constexpr const char* host = "mail.example.org";

std::vector<Reply> replies_of_class_2_and_3() {
  return {reply::greeting(host, "ESMTP", "1gk3"),
          reply::closing(host),
          reply::hello(host),
          reply::ok(),
          reply::reset(),
          reply::vrfy(),
          reply::help("EHLO QUIT"),
          reply::ready_for_tls(),
          reply::challenge("QUJD"),
          reply::auth_ok(),
          reply::sender_ok(),
          reply::sender_ok_without_priority(),
          reply::chunk_ok(100),
          reply::recipient_ok(),
          reply::start_text(),
          reply::queued("1gk3-1")};
}

std::vector<Reply> replies_that_end_the_session() {
  return {reply::too_many_connections(host),
          reply::shutting_down(host),
          reply::timed_out(host),
          reply::not_smtp(host),
          reply::speaks_tls(host),
          reply::too_many_messages(host),
          reply::too_many_from_client(host),
          reply::too_many_errors(host),
          reply::too_many_idle_commands(host),

          reply::too_many_auth_failures(host)};
}

std::vector<Reply> refusals() {
  return {reply::unknown_command(),
          reply::not_implemented("EXPN"),
          reply::line_too_long(),
          reply::bare_line_end(),
          reply::syntax("VRFY address"),
          reply::no_arguments("DATA"),
          reply::bad_helo(),
          reply::wrong_greeting("LHLO"),
          reply::too_early(),
          reply::ascii_only(),
          reply::requiretls_needs_tls(),
          reply::held_too_long(),
          reply::too_many_messages_of_client(),
          reply::too_many_recipient_domains(),
          reply::bad_chunk_size(),
          reply::data_for_binary(),
          reply::bare_cr_or_lf_in_chunk(),
          reply::bare_cr_or_lf_in_header(),
          reply::bad_sequence("MAIL first"),
          reply::unknown_parameter("RET"),
          reply::bad_parameter("SIZE"),
          reply::repeated_parameter("X"),
          reply::bad_sender("malformed address"),
          reply::bad_recipient("x"),
          reply::smtputf8_needed(),
          reply::tls_not_offered(),
          reply::tls_active(),
          reply::input_behind("STARTTLS"),
          reply::auth_failed(),
          reply::auth_cancelled(),
          reply::auth_malformed(),
          reply::auth_bad_base64(),
          reply::auth_unknown_mechanism(),
          reply::auth_needs_tls(),
          reply::auth_not_offered(),
          reply::auth_again(),
          reply::auth_temporary(),
          reply::too_many_recipients(),
          reply::authentication_required(),
          reply::relay_denied(),
          reply::client_blocked(),
          reply::message_too_big(52428800),
          reply::header_too_big(),
          reply::header_line_too_long(),
          reply::too_many_hops(),
          reply::nul_in_text(),
          reply::eight_bit_header(),
          reply::header_not_utf8(),
          reply::bare_cr_or_lf(),
          reply::no_space(),
          reply::local_failure()};
}

// RFC 5321 4.2, 4.5.3.1.5; RFC 2034 4, RFC 3463 2: the class of both codes is the same.
void check_well_formed(const Reply& reply) {
  const std::string line = reply.line();
  CHECK_TEXT(reply.code >= 200 && reply.code < 600, line.c_str());
  CHECK_TEXT(!reply.text.empty() && reply.text.size() < 400, line.c_str());
  for (const char c : line) CHECK_TEXT(c >= ' ' && c <= '~', line.c_str());
  if (reply.enhanced.empty()) return;
  LONGS_EQUAL(reply.code / 100, reply.enhanced.front() - '0');
  CHECK_TEXT(reply.enhanced.size() >= 5 && reply.enhanced[1] == '.', line.c_str());
}

}  // namespace

TEST_GROUP(MailReply){};

TEST(MailReply, IsALineOfCodesAndText) {
  STRCMP_EQUAL("550 5.7.1 No\r\n", (Reply{550, "5.7.1", "No"}.wire().c_str()));
  STRCMP_EQUAL("550 5.7.1 No", (Reply{550, "5.7.1", "No"}.line().c_str()));
  STRCMP_EQUAL("354 Go on\r\n", (Reply{354, "", "Go on"}.wire().c_str()));
}

TEST(MailReply, MayHaveSeveralLines) {
  STRCMP_EQUAL("250-a\r\n250-b\r\n250 c\r\n", multiline(250, {"a", "b", "c"}).c_str());
  STRCMP_EQUAL("250 a\r\n", multiline(250, {"a"}).c_str());
}

TEST(MailReply, IsPositiveBelow400) {
  CHECK((Reply{250, "", ""}.is_positive()));
  CHECK((Reply{399, "", ""}.is_positive()));
  CHECK((!Reply{400, "", ""}.is_positive()));
  CHECK((!Reply{550, "", ""}.is_positive()));
}

TEST(MailReply, EachIsWellFormed) {
  for (const auto& replies :
       {replies_of_class_2_and_3(), replies_that_end_the_session(), refusals()}) {
    for (const Reply& reply : replies) check_well_formed(reply);
  }
}

TEST(MailReply, EachHasTheSignItShouldHave) {
  for (const Reply& reply : replies_of_class_2_and_3()) CHECK(reply.is_positive());
  for (const Reply& reply : refusals()) CHECK_TEXT(!reply.is_positive(), reply.line().c_str());
}

// RFC 5321 4.2.3, 3.8: it is the channel that closes, so the name comes first.
TEST(MailReply, TheLastReplyNamesTheServer) {
  for (const Reply& reply : replies_that_end_the_session()) {
    LONGS_EQUAL(421, reply.code);
    CHECK(reply.text.starts_with("mail.example.org "));
  }
  CHECK(reply::closing(host).text.starts_with("mail.example.org "));
}

// RFC 2034 4: the greeting, replies to EHLO and HELO, and those of class 3 have none.
TEST(MailReply, AllButAFewHaveAnEnhancedCode) {
  for (const Reply& reply : {reply::greeting(host, "ESMTP", "1gk3"), reply::hello(host),
                             reply::challenge("QUJD"), reply::start_text()}) {
    STRCMP_EQUAL("", reply.enhanced.c_str());
  }
  for (const Reply& reply : refusals()) CHECK(!reply.enhanced.empty());
}

TEST(MailReply, CodesThatTheStandardsName) {
  const auto check_codes = [](const char* codes, const Reply& reply) {
    STRCMP_EQUAL(codes, reply.line().substr(0, std::string_view(codes).size()).c_str());
  };
  check_codes("500 5.5.6 ", reply::line_too_long());
  check_codes("555 5.5.4 ", reply::unknown_parameter("X"));
  check_codes("452 4.5.3 ", reply::too_many_recipients());      // RFC 5321 4.5.3.1.10
  check_codes("552 5.3.4 ", reply::message_too_big(1));         // RFC 1870 6.1
  check_codes("452 4.3.1 ", reply::no_space());                 // RFC 1870 6.1
  check_codes("530 5.7.0 ", reply::authentication_required());  // RFC 4954 6
  check_codes("535 5.7.8 ", reply::auth_failed());              // RFC 4954 6
  check_codes("538 5.7.11 ", reply::auth_needs_tls());          // RFC 4954 6
  check_codes("454 4.7.0 ", reply::auth_temporary());           // RFC 4954 6
  check_codes("235 2.7.0 ", reply::auth_ok());                  // RFC 4954 6
  check_codes("553 5.6.7 ", reply::smtputf8_needed());          // RFC 6531 3.5
  check_codes("421 4.3.2 ", reply::too_many_connections(host));
  check_codes("554 5.4.6 ", reply::too_many_hops());  // RFC 3463 3.5
  for (const Reply& refusal : {reply::header_line_too_long(), reply::nul_in_text(),
                               reply::eight_bit_header(), reply::header_not_utf8()}) {
    check_codes("554 5.6.0 ", refusal);  // RFC 3463 3.7
  }
}

TEST(MailReply, WhatAPeerSentIsMadeSafe) {
  const std::string_view wicked("X\r\n250 OK\0\xff", 11);
  for (const Reply& reply : {reply::unknown_parameter(wicked), reply::bad_parameter(wicked),
                             reply::repeated_parameter(wicked)}) {
    check_well_formed(reply);
  }
  CHECK(reply::bad_parameter(std::string(5000, '\xff')).wire().size() <= 512);
}

TEST(MailReply, NamesTheMessage) {
  STRCMP_EQUAL("250 2.0.0 Queued as 1gk3-1", reply::queued("1gk3-1").line().c_str());
  STRCMP_EQUAL("220 mail.example.org ESMTP Postern 1gk3",
               reply::greeting(host, "ESMTP", "1gk3").line().c_str());
  STRCMP_EQUAL("552 5.3.4 Message is bigger than 18446744073709551615 octets",
               reply::message_too_big(UINT64_MAX).line().c_str());
}
