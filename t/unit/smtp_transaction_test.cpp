// SPDX-License-Identifier: ISC
//
// t/unit/smtp_transaction_test.cpp - the arguments of MAIL and RCPT, and what they collect.

#include "smtp/transaction.h"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace postern::smtp;
using postern::mail::Body;
using postern::mail::Charset;

namespace {

Sender good_sender(std::string_view arguments) {
  const auto sender = parse_mail(arguments, Dialect::esmtp);
  CHECK_TEXT(sender.has_value(), std::string(arguments).c_str());
  return *sender;
}

// The reply that refuses arguments; "" if they are taken.
std::string mail_refusal(std::string_view arguments, Dialect dialect = Dialect::esmtp) {
  const auto sender = parse_mail(arguments, dialect);
  return sender ? "" : sender.error().line();
}
std::string rcpt_refusal(std::string_view arguments, Charset charset = Charset::ascii) {
  const auto recipient = parse_rcpt(arguments, charset);
  return recipient ? "" : recipient.error().line();
}

}  // namespace

TEST_GROUP(Transaction) {
  Transaction transaction;
};

TEST(Transaction, MailHasDefaults) {
  const Sender sender = good_sender("FROM:<alice@example.org>");
  STRCMP_EQUAL("alice@example.org", sender.reverse_path.to_string().c_str());
  CHECK(sender.body == Body::seven_bit);
  CHECK(!sender.smtputf8);
  CHECK(!sender.declared_octets.has_value());
}

TEST(Transaction, MailHasParameters) {
  const Sender sender =
      good_sender("FROM:<alice@example.org> SIZE=18446744073709551615 BODY=8BITMIME SMTPUTF8");
  CHECK(sender.body == Body::eight_bit_mime);
  CHECK(sender.smtputf8);
  CHECK(sender.declared_octets == 18446744073709551615U);
}

TEST(Transaction, ANullReversePathIsFine) {
  CHECK(good_sender("FROM:<>").reverse_path.is_null());
}

TEST(Transaction, AfterHeloNoParameterIsKnown) {
  STRCMP_EQUAL("", mail_refusal("FROM:<a@example.org>", Dialect::smtp).c_str());
  STRCMP_EQUAL("555 5.5.4 Unknown parameter SIZE",
               mail_refusal("FROM:<a@example.org> SIZE=1", Dialect::smtp).c_str());
}

TEST(Transaction, AddressesBeyondAsciiNeedSmtputf8) {
  STRCMP_CONTAINS("553 5.6.7", mail_refusal("FROM:<\xc3\xa9@example.org>").c_str());
  STRCMP_CONTAINS("553 5.6.7", mail_refusal("FROM:<e@\xc3\xa9.org> BODY=8BITMIME").c_str());
  STRCMP_EQUAL("", mail_refusal("FROM:<\xc3\xa9@example.org> SMTPUTF8").c_str());
  STRCMP_CONTAINS("553 5.6.7", rcpt_refusal("TO:<\xc3\xa9@example.org>").c_str());
  STRCMP_EQUAL("", rcpt_refusal("TO:<\xc3\xa9@example.org>", Charset::utf8).c_str());
}

TEST(Transaction, ASyntaxErrorIsToldBeforeAMissingSmtputf8) {
  STRCMP_CONTAINS("501 5.1.7", mail_refusal("FROM:<\xc3\xa9>").c_str());
  STRCMP_CONTAINS("555 5.5.4", mail_refusal("FROM:<\xc3\xa9@example.org> FOO").c_str());
}

TEST(Transaction, RcptTakesNoParameters) {
  STRCMP_EQUAL("", rcpt_refusal("TO:<bob@example.net>  ").c_str());
  STRCMP_EQUAL("555 5.5.4 Unknown parameter NOTIFY",
               rcpt_refusal("TO:<bob@example.net> NOTIFY=NEVER").c_str());
}

TEST(Transaction, BeginsEmpty) {
  CHECK(!transaction.has_sender());
  LONGS_EQUAL(0, transaction.recipients().size());
}

TEST(Transaction, CollectsRecipientsInTheirOrder) {
  transaction.begin(good_sender("FROM:<alice@example.org>"));
  transaction.add_recipient({"bob", "example.net"});
  transaction.add_recipient({"carol", "example.com"});
  CHECK(transaction.has_sender());
  STRCMP_EQUAL("bob@example.net", transaction.recipients()[0].to_string().c_str());
  STRCMP_EQUAL("carol@example.com", transaction.recipients()[1].to_string().c_str());
}

TEST(Transaction, ResetAndANewBeginningForgetTheRecipients) {
  transaction.begin(good_sender("FROM:<alice@example.org>"));
  transaction.add_recipient({"bob", "example.net"});
  transaction.begin(good_sender("FROM:<eve@example.org>"));
  LONGS_EQUAL(0, transaction.recipients().size());
  STRCMP_EQUAL("eve@example.org", transaction.sender().reverse_path.to_string().c_str());
  transaction.add_recipient({"bob", "example.net"});
  transaction.reset();
  LONGS_EQUAL(0, transaction.recipients().size());
  CHECK(!transaction.has_sender());
}
