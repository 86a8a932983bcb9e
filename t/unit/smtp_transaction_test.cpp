// SPDX-License-Identifier: ISC
//
// t/unit/smtp_transaction_test.cpp - what MAIL and RCPT have collected.

#include "smtp/transaction.h"

#include <memory>
#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern::smtp;
using postern::mail::Mailbox;
using postern::mail::Recipient;

namespace {

std::unique_ptr<Sender> sender(const char* name) {
  auto made = std::make_unique<Sender>();
  made->reverse_path = Mailbox{name, "example.org"};
  return made;
}

}  // namespace

TEST_GROUP(Transaction) {
  Transaction transaction;
};

TEST(Transaction, BeginsEmpty) {
  CHECK(!transaction.has_sender());
  LONGS_EQUAL(0, transaction.recipients().size());
}

TEST(Transaction, CollectsRecipientsInTheirOrder) {
  transaction.begin(sender("alice"));
  transaction.add_recipient(Recipient{{"bob", "example.net"}});
  transaction.add_recipient(Recipient{{"carol", "example.com"}});
  CHECK(transaction.has_sender());
  STRCMP_EQUAL("bob@example.net", transaction.recipients()[0].address.to_string().c_str());
  STRCMP_EQUAL("carol@example.com", transaction.recipients()[1].address.to_string().c_str());
}

TEST(Transaction, ResetAndANewBeginningForgetTheRecipients) {
  transaction.begin(sender("alice"));
  transaction.add_recipient(Recipient{{"bob", "example.net"}});
  transaction.begin(sender("eve"));
  LONGS_EQUAL(0, transaction.recipients().size());
  STRCMP_EQUAL("eve@example.org", transaction.sender().reverse_path.to_string().c_str());
  transaction.add_recipient(Recipient{{"bob", "example.net"}});
  transaction.reset();
  LONGS_EQUAL(0, transaction.recipients().size());
  CHECK(!transaction.has_sender());
}

// RFC 9422 4.3.
TEST(Transaction, CountsDifferentDomains) {
  transaction.begin(sender("alice"));
  CHECK(transaction.has_room_for_domain("example.net", 1));
  transaction.add_recipient(Recipient{{"bob", "example.net"}});
  CHECK(transaction.has_room_for_domain("example.net", 1));
  CHECK(!transaction.has_room_for_domain("example.com", 1));
  CHECK(transaction.has_room_for_domain("example.com", 2));
  transaction.reset();
  CHECK(transaction.has_room_for_domain("example.com", 1));
}
