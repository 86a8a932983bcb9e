// SPDX-License-Identifier: ISC
//
// t/unit/spool_envelope_text_test.cpp - the envelope as header fields.

#include "spool/envelope_text.h"

#include <random>
#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::Errc;
using postern::mail::Body;
using postern::mail::ByMode;
using postern::mail::Delivery;
using postern::mail::Envelope;
using postern::mail::Notify;
using postern::mail::OriginalRecipient;
using postern::mail::Return;
using postern::spool::format_envelope;
using postern::spool::parse_envelope;

namespace {

const std::string return_path = "Return-Path: <alice@example.org>\n";
const std::string facts = "Postern-Envelope: 1; body=7BIT\n";
const std::string recipient = "Postern-Recipient: T <bob@example.net>\n";
const std::string received = "Received: from x\n";

Envelope full_envelope() {
  Envelope envelope;
  envelope.reverse_path = {"alice", "example.org"};
  envelope.recipients = {
      {{"bob", "example.net"}, Delivery::to_do, Notify{.success = true, .delay = true}},
      {{"carol", "example.com"},
       Delivery::delivered,
       Notify{.never = true},
       OriginalRecipient{"rfc822", "carol+x@example.com"}},
      {{"dave x", "[192.0.2.9]"}, Delivery::failed}};
  envelope.body = Body::eight_bit_mime;
  envelope.smtputf8 = true;
  envelope.require_tls = true;
  envelope.ret = Return::headers;
  envelope.envelope_id = "QQ=314159";
  envelope.hold_until = 1795470000;
  envelope.deliver_by = {1795473850, ByMode::return_message, true};
  envelope.priority = -3;
  envelope.submitter = "alice@example.org";
  envelope.id = "1gk3v8zt4w02p9";
  envelope.login = "alice";
  envelope.peer = "192.0.2.5";
  envelope.with = "ESMTPSA";
  return envelope;
}

bool is_envelope(std::string_view text) {
  return parse_envelope(text).has_value();
}

}  // namespace

TEST_GROUP(SpoolEnvelopeText){
    // The message of the syntax error that parsing text gives.
    std::string fault(std::string_view text){const auto parsed = parse_envelope(text);
if (parsed) return "no fault";
CHECK(parsed.error().code == Errc::syntax);
return parsed.error().message();
}
}
;

TEST(SpoolEnvelopeText, HasTheFormOfTheManual) {
  STRCMP_EQUAL(
      "Return-Path: <alice@example.org>\n"
      "Postern-Envelope: 1; id=1gk3v8zt4w02p9; body=8BITMIME; smtputf8; require-tls; ret=HDRS; "
      "envid=QQ+3D314159; hold-until=1795470000; deliver-by=1795473850,RT; priority=-3; "
      "submitter=alice@example.org; auth=alice; peer=192.0.2.5; with=ESMTPSA\n"
      "Postern-Recipient: T <bob@example.net> notify=SUCCESS,DELAY\n"
      "Postern-Recipient: D <carol@example.com> notify=NEVER orcpt=rfc822;carol+2Bx@example.com\n"
      "Postern-Recipient: F <\"dave x\"@[192.0.2.9]>\n",
      format_envelope(full_envelope()).c_str());
}

TEST(SpoolEnvelopeText, LeavesOutWhatIsNotSet) {
  Envelope envelope;
  envelope.recipients = {{{"postmaster", ""}, Delivery::to_do}};
  STRCMP_EQUAL(
      "Return-Path: <>\n"
      "Postern-Envelope: 1; body=7BIT\n"
      "Postern-Recipient: T <postmaster>\n",
      format_envelope(envelope).c_str());
}

TEST(SpoolEnvelopeText, KeepsALoginFromBreakingOut) {
  Envelope envelope = full_envelope();
  envelope.login = "eve; with=X\nPostern-Recipient: T <x@y>\r\n";
  const std::string text = format_envelope(envelope);
  STRCMP_CONTAINS("; auth=eve+3B+20with+3DX+0APostern-Recipient:+20T+20<x@y>+0D+0A; ",
                  text.c_str());
  CHECK(parse_envelope(text + received) == envelope);
}

TEST(SpoolEnvelopeText, IsParsedBack) {
  CHECK(parse_envelope(format_envelope(full_envelope()) + received) == full_envelope());
  for (const Body body : {Body::seven_bit, Body::eight_bit_mime, Body::binary_mime}) {
    Envelope envelope;
    envelope.body = body;
    envelope.recipients = {{{"postmaster", ""}, Delivery::to_do}};
    CHECK(parse_envelope(format_envelope(envelope) + received) == envelope);
  }
}

TEST(SpoolEnvelopeText, KeepsUtf8AndOddLocalParts) {
  for (const char* local_part : {"gr\xc3\xbc\xc3\x9f", "a b", "", "\"\\", "<>@", "a..b", "x+y=z"}) {
    Envelope envelope = full_envelope();
    envelope.reverse_path = {local_part, "xn--bcher-kva.example"};
    envelope.recipients = {{{local_part, "example.net"}, Delivery::to_do}};
    CHECK_TEXT(parse_envelope(format_envelope(envelope) + received) == envelope, local_part);
  }
}

TEST(SpoolEnvelopeText, EndsWhereReceivedStarts) {
  const std::string more = recipient + "Postern-Envelope: 9\n\nPostern-Recipient: T <no@body>\n";
  const auto parsed = parse_envelope(return_path + facts + recipient + received + more);
  CHECK(parsed.has_value());
  LONGS_EQUAL(1, parsed->recipients.size());
}

TEST(SpoolEnvelopeText, IsRefusedCutOffAnywhere) {
  const std::string text = format_envelope(full_envelope()) + "Received:";
  CHECK(is_envelope(text));
  for (std::size_t length = 0; length < text.size(); ++length) {
    CHECK(!is_envelope(std::string_view(text).substr(0, length)));
  }
}

TEST(SpoolEnvelopeText, NeedsEachFieldInItsPlace) {
  CHECK(is_envelope(return_path + facts + recipient + received));
  STRCMP_CONTAINS("no Return-Path", fault(facts + recipient + received).c_str());
  STRCMP_CONTAINS("no Postern-Envelope", fault(return_path + recipient + received).c_str());
  STRCMP_CONTAINS("no Postern-Recipient", fault(return_path + facts + received).c_str());
  STRCMP_CONTAINS("no body",
                  fault(return_path + "Postern-Envelope: 1\n" + recipient + received).c_str());
  STRCMP_CONTAINS("no Received", fault(return_path + facts + recipient + "\n").c_str());
  STRCMP_CONTAINS("no Received",
                  fault(return_path + facts + recipient + "Subject: x\n" + received).c_str());
  CHECK(!is_envelope(return_path + return_path + facts + recipient + received));
  CHECK(!is_envelope(return_path + facts + facts + recipient + received));
  CHECK(!is_envelope(facts + return_path + recipient + received));
  CHECK(!is_envelope("return-path: <>\n" + facts + recipient + received));
}

TEST(SpoolEnvelopeText, HasNoCrAndNoFoldedLines) {
  CHECK(!is_envelope("Return-Path: <>\r\n" + facts + recipient + received));
  CHECK(!is_envelope(return_path + "Postern-Envelope: 1; body=7BIT\r\n" + recipient + received));
  CHECK(!is_envelope(return_path + "Postern-Envelope: 1;\n body=7BIT\n" + recipient + received));
  CHECK(!is_envelope(return_path + facts + "Postern-Recipient: T <b@example.net>\r\n" + received));
}

TEST(SpoolEnvelopeText, RefusesMalformedFacts) {
  for (const char* words : {"",
                            "0; body=7BIT",
                            "10; body=7BIT",
                            "2; body=7BIT",
                            "1",
                            "1; ",
                            "1;body=7BIT",
                            "1; id=a",
                            "1; body",
                            "1; body=",
                            "1; body=8bitmime",
                            "1; body=9BIT",
                            "1; body=7BIT; body=7BIT",
                            "1; body=7BIT; smtputf8=1",
                            "1; body=7BIT; smtputf8; smtputf8",
                            "1; body=7BIT; id",
                            "1; body=7BIT; id=",
                            "1; body=7BIT; id=a; id=b",
                            "1; body=7BIT; auth=a b",
                            "1; body=7BIT; auth=a+",
                            "1; body=7BIT; auth=a=b",
                            "1; body=7BIT;",
                            "1; body=7BIT; ",
                            "1; body=7BIT ; auth=a",
                            "1; body=7BIT;  auth=a",
                            "1; body=7BIT; Auth=a",
                            "1; body=7BIT; =a",
                            "1; body=7BIT; x=+zz"}) {
    const std::string text =
        cat(return_path, "Postern-Envelope: ", words, "\n", recipient, received);
    CHECK_TEXT(!is_envelope(text), words);
  }
}

TEST(SpoolEnvelopeText, SkipsWordsOfLaterVersions) {
  const auto parsed = parse_envelope(
      return_path + "Postern-Envelope: 1; x=HDRS; body=7BIT; hold; auth=a; x-1=+20; hold\n" +
      "Postern-Recipient: T <bob@example.net> not=FAILURE,DELAY r=rfc822;+3Bbob hold hold\n" +
      received);
  CHECK(parsed.has_value());
  STRCMP_EQUAL("a", parsed->login.c_str());
  STRCMP_EQUAL("bob", parsed->recipients.front().address.local_part.c_str());
}

TEST(SpoolEnvelopeText, RefusesMalformedAddresses) {
  for (const char* path : {"", "alice@example.org", "<alice@example.org", "<alice>", "<> ",
                           "<a@example.org>x", "<a b@example.org>", "<a@example.org>, <b@c.d>"}) {
    CHECK_TEXT(!is_envelope(cat("Return-Path: ", path, "\n", facts, recipient, received)), path);
  }
  for (const char* body :
       {"", "T", "T ", "<b@example.net>", "X <b@example.net>", "t <b@example.net>",
        "T<b@example.net>", "T  <b@example.net>", "T <>", "T b@example.net", "TD <b@example.net>",
        "T <b@example.net>x", "T <b@example.net> ", "T <b@example.net>  x=y",
        "T <b@example.net> X=y", "T <b@example.net> <c@example.net>"}) {
    const std::string text = cat("Postern-Recipient: ", body, "\n");
    CHECK_TEXT(!is_envelope(return_path + facts + text + received), body);
    CHECK_TEXT(!is_envelope(return_path + facts + recipient + text + received), body);
  }
}

TEST(SpoolEnvelopeText, CallsAnAddressThatIsTooLongASyntaxError) {
  const std::string local_part(65, 'a');
  STRCMP_CONTAINS("no address", fault(cat("Return-Path: <", local_part, "@example.org>\n", facts,
                                          recipient, received))
                                    .c_str());
}

TEST(SpoolEnvelopeText, ShowsAFaultWithoutControlCharactersOrLength) {
  const std::string message = fault(std::string(100'000, '\x1b') + "\n");
  CHECK(message.size() < 500);
  CHECK(message.find('\x1b') == std::string::npos);
}

TEST(SpoolEnvelopeText, TakesManyRecipients) {
  std::string text = return_path + facts;
  for (int i = 0; i < 10'000; ++i) text += cat("Postern-Recipient: T <b", i, "@example.net>\n");
  const auto parsed = parse_envelope(text + received);
  CHECK(parsed.has_value());
  LONGS_EQUAL(10'000, parsed->recipients.size());
}

// Damage never crashes the parser, and what it still accepts is what it would write.
TEST(SpoolEnvelopeText, SurvivesDamage) {
  const std::string whole = format_envelope(full_envelope()) + received;
  using std::string_view_literals::operator""sv;
  constexpr std::string_view likely = "\n\r;=+ <>@\"\\:TDF1a\0\xc3\xbc\xff"sv;
  std::mt19937 random{1};
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole;
    for (auto changes = random() % 3 + 1; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const std::size_t length = random() % 3;
      text.replace(at, length, 1, likely[random() % likely.size()]);
    }
    const auto parsed = parse_envelope(text);
    if (!parsed) continue;
    ++accepted;
    CHECK(parse_envelope(format_envelope(*parsed) + received) == *parsed);
  }
  CHECK(accepted > 100);
}

TEST(SpoolEnvelopeText, KnowsWhereTheMarksStand) {
  const std::string text =
      "Return-Path: <>\nPostern-Envelope: 1; id=x\nPostern-Recipient: T <a@example.org>\n"
      "Postern-Recipient: D <b@example.org>\nReceived: x\nPostern-Recipient: F <c@example.org>\n";
  std::string marks;
  for (const std::size_t at : postern::spool::mark_positions(text)) marks += text[at];
  STRCMP_EQUAL("TD", marks.c_str());
  // At every cut: never beyond the text's end.
  for (std::size_t size = 0; size < text.size(); ++size) {
    for (const std::size_t at : postern::spool::mark_positions(text.substr(0, size))) {
      CHECK(at <= size);
    }
  }
  for (const char c : {'T', 'D', 'F'}) CHECK(postern::spool::is_delivery_mark(c));
  for (const char c : {'\0', 't', ' '}) CHECK(!postern::spool::is_delivery_mark(c));
}
