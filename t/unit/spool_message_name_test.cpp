// SPDX-License-Identifier: ISC
//
// t/unit/spool_message_name_test.cpp - what a message's file is called.

#include "spool/message_name.h"

#include <string>

#include <CppUTest/TestHarness.h>

using postern::spool::MessageName;

TEST_GROUP(SpoolMessageName){};

TEST(SpoolMessageName, JoinsSecondsIdAndHost) {
  const MessageName name{1700000000, "1gk3v8", "mail.example.org"};
  STRCMP_EQUAL("tmp/1700000000.1gk3v8.mail.example.org", name.tmp_path().c_str());
}

TEST(SpoolMessageName, AddsTheSizeInNew) {
  const MessageName name{1700000000, "1gk3v8", "mail.example.org"};
  STRCMP_EQUAL("new/1700000000.1gk3v8.mail.example.org,S=4711", name.new_path(4711).c_str());
}

TEST(SpoolMessageName, EscapesSlashAndColonOfTheHost) {
  const MessageName name{7, "a", "[IPv6:::1]/x"};
  STRCMP_EQUAL("tmp/7.a.[IPv6\\072\\072\\0721]\\057x", name.tmp_path().c_str());
}

// 255 octets is what ext4, XFS, Btrfs and NFS take; mail readers append ":2," and flags.
TEST(SpoolMessageName, FitsAFileNameHoweverLongTheHost) {
  const MessageName name{9999999999, std::string(16, 'i'), std::string(253, ':')};
  const std::string path = name.new_path(99'999'999'999'999);
  CHECK(path.size() - std::string("new/").size() + std::string(":2,DFPRSTabc").size() <= 255);
}
