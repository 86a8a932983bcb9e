// SPDX-License-Identifier: ISC
//
// t/unit/control_spool_text_test.cpp - the messages of the spool as a list.

#include "control/spool_text.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf_fixture.h"
#include "mail/address.h"
#include "spool/envelope_text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::control::json_text;
using postern::control::ListedMessage;
using postern::control::plain_text;
using postern::control::read_envelope;
using postern::control::SpooledMessage;
using postern::control::SpoolView;
using postern::mail::Charset;
using postern::mail::Envelope;
using postern::mail::Mailbox;
using postern::mail::Recipient;
using postern::test::TemporaryDirectory;

namespace {

Mailbox mailbox(std::string_view text) {
  return *postern::mail::parse_mailbox(text, Charset::utf8);
}

Envelope envelope(std::string_view from, const std::vector<std::string>& to) {
  Envelope made;
  if (!from.empty()) made.reverse_path = mailbox(from);
  for (const std::string& recipient : to)
    made.recipients.push_back({.address = mailbox(recipient)});
  made.id = "id-1";
  made.peer = "192.0.2.1";
  made.with = "ESMTP";
  return made;
}

SpooledMessage message(std::string id, bool is_taken = false) {
  return {.id = std::move(id),
          .path = is_taken ? "cur/100.x.h,S=2048:2," : "new/100.x.h,S=2048",
          .is_taken = is_taken,
          .seconds = 100,
          .octets = 2048};
}

}  // namespace

TEST_GROUP(SpoolText) {
  TemporaryDirectory directory;

  // The envelope of a message that is this file.
  std::optional<Envelope> read(std::string_view text) const {
    std::filesystem::create_directories(directory.path("cur"));
    directory.write("new/1.id-1.host", text);
    const auto spool = SpoolView::open(directory.path("."));
    return read_envelope(*spool, *spool->find("id-1"));
  }
};

TEST(SpoolText, NoMessagesAreAHeading) {
  STRCMP_EQUAL("MESSAGE  AGE  SIZE  TAKEN  FROM  TO\n", plain_text({}, 0, 0).c_str());
  STRCMP_EQUAL("{\"messages\":[],\"more\":0}\n", json_text({}, 0).c_str());
}

TEST(SpoolText, WhatIsLeftOutIsCounted) {
  STRCMP_EQUAL("MESSAGE  AGE  SIZE  TAKEN  FROM  TO\nand 5 more\n", plain_text({}, 5, 0).c_str());
}

TEST(SpoolText, AMessageIsALine) {
  STRCMP_EQUAL(
      "MESSAGE  AGE       SIZE     TAKEN  FROM             TO\n"
      "id-1     00:01:01  2.0 KiB  no     <a@example.org>  <b@example.net>\n"
      "id-2     00:01:01  2.0 KiB  yes    <>               <b@example.net> and 2 more\n"
      "id-3     00:01:01  2.0 KiB  no     ?                ?\n",
      plain_text({{message("id-1"), envelope("a@example.org", {"b@example.net"})},
                  {message("id-2", true),
                   envelope("", {"b@example.net", "c@example.net", "d@example.net"})},
                  {message("id-3"), std::nullopt}},
                 0, 161)
          .c_str());
}

TEST(SpoolText, WhatOthersHaveChosenIsMadePrintable) {
  const std::string text = plain_text(
      {{message("\x1b[2J\n"), envelope("\xc3\xbc@example.org", {"\"a b\"@x.org"})}}, 0, 100);
  STRCMP_CONTAINS("\\x1b[2J\\x0a", text.c_str());
  STRCMP_CONTAINS("<\\xc3\\xbc@example.org>", text.c_str());
  for (const char c : text) CHECK(c == '\n' || (c >= ' ' && c < 0x7f));
}

TEST(SpoolText, InJsonAnUnknownEnvelopeIsNull) {
  auto known = envelope("a@example.org", {"b@example.net", "\xc3\xbc@example.net"});
  known.login = "al\"ice";
  STRCMP_EQUAL(
      R"({"messages":[{"message":"id-1","file":"new/100.x.h,S=2048","taken":false,"time":100,)"
      R"("bytes":2048,"from":"a@example.org","login":"al\"ice",)"
      "\"to\":[\"b@example.net\",\"\xc3\xbc@example.net\"]},"
      R"({"message":"id-2","file":"cur/100.x.h,S=2048:2,","taken":true,"time":100,)"
      R"("bytes":2048,"from":null,"login":null,"to":null}],"more":7})"
      "\n",
      json_text({{message("id-1"), known}, {message("id-2", true), std::nullopt}}, 7).c_str());
}

// ---- The envelope of a file

TEST(SpoolText, ReadsTheEnvelopeOfAFile) {
  const Envelope written = envelope("a@example.org", {"b@example.net"});
  const auto known = read(
      cat(postern::spool::format_envelope(written), "Received: x\n\n", std::string(100000, 'x')));
  CHECK(known.has_value() && *known == written);
}

TEST(SpoolText, ReadsAnEnvelopeOfThousandsOfRecipients) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 5000; ++i) recipients.push_back(cat("recipient", i, "@example.net"));
  const Envelope written = envelope("a@example.org", recipients);
  const auto known = read(cat(postern::spool::format_envelope(written), "Received: x\n\ntext\n"));
  CHECK(known.has_value() && *known == written);
}

TEST(SpoolText, AFileOfSomebodyElseHasNone) {
  CHECK(!read(""));
  CHECK(!read("Subject: x\n\ntext\n"));
  CHECK(!read(std::string(100'000, 'x')));
  const std::string text = postern::spool::format_envelope(envelope("", {"b@example.net"}));
  CHECK(!read(text));  // cut off before Received
}
