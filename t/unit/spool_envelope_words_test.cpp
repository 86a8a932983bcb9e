// SPDX-License-Identifier: ISC
//
// t/unit/spool_envelope_words_test.cpp - what an envelope says behind its addresses.

#include "spool/envelope_words.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::Errc;
using postern::mail::Body;
using postern::mail::ByMode;
using postern::mail::DeliverBy;
using postern::mail::Envelope;
using postern::mail::Notify;
using postern::mail::OriginalRecipient;
using postern::mail::Recipient;
using postern::mail::Return;
using postern::spool::format_words;
using postern::spool::parse_words;

namespace {

constexpr auto least = std::numeric_limits<std::int64_t>::min();
constexpr auto most = std::numeric_limits<std::int64_t>::max();

const std::string body = "; body=7BIT";

// What parsing words finds, or what it says against them.
template <typename Owner>
std::string fault_of(std::string_view words) {
  Owner owner;
  const auto parsed = parse_words(words, owner);
  if (parsed) return "no fault";
  CHECK(parsed.error().code == Errc::syntax);
  return parsed.error().what;
}

std::string fault(std::string_view words) {
  return fault_of<Envelope>(words);
}

std::string recipient_fault(std::string_view words) {
  return fault_of<Recipient>(words);
}

// Whether owner is written as words, and words are read as owner.
template <typename Owner>
void check_words(std::string_view words, const Owner& owner) {
  STRCMP_EQUAL(std::string(words).c_str(), format_words(owner).c_str());
  Owner parsed;
  CHECK_TEXT(parse_words(words, parsed).has_value(), std::string(words).c_str());
  CHECK_TEXT(parsed == owner, std::string(words).c_str());
}

// An envelope in which one member is set.
template <typename Value>
Envelope with(Value Envelope::*member, const std::type_identity_t<Value>& value) {
  Envelope envelope;
  envelope.*member = value;
  return envelope;
}

}  // namespace

TEST_GROUP(SpoolEnvelopeWords){};

TEST(SpoolEnvelopeWords, HaveTheBody) {
  check_words("; body=7BIT", with(&Envelope::body, Body::seven_bit));
  check_words("; body=8BITMIME", with(&Envelope::body, Body::eight_bit_mime));
  check_words("; body=BINARYMIME", with(&Envelope::body, Body::binary_mime));
}

TEST(SpoolEnvelopeWords, HaveTheFlags) {
  check_words(body + "; smtputf8", with(&Envelope::smtputf8, true));
  check_words(body + "; require-tls", with(&Envelope::require_tls, true));
  Envelope both = with(&Envelope::smtputf8, true);
  both.require_tls = true;
  check_words(body + "; smtputf8; require-tls", both);
}

TEST(SpoolEnvelopeWords, HaveWhatIsReturned) {
  check_words(body + "; ret=FULL", with(&Envelope::ret, Return::full));
  check_words(body + "; ret=HDRS", with(&Envelope::ret, Return::headers));
  for (const char* word : {"ret", "ret=", "ret=full", "ret=HDRS,FULL", "ret=X", "ret=HDRS+00"}) {
    CHECK_TEXT(fault(cat(body, "; ", word)) != "no fault", word);
  }
}

TEST(SpoolEnvelopeWords, HaveTextsOfAnyOctets) {
  const std::string octets("a;b =+\n\r\0\x7f\xff", 11);
  const std::string xtext = "a+3Bb+20+3D+2B+0A+0D+00+7F+FF";
  check_words(body + "; envid=" + xtext, with(&Envelope::envelope_id, octets));
  check_words(body + "; submitter=" + xtext, with(&Envelope::submitter, octets));
  check_words(body + "; auth=" + xtext, with(&Envelope::login, octets));
  check_words(body + "; peer=" + xtext, with(&Envelope::peer, octets));
  check_words(body + "; with=" + xtext, with(&Envelope::with, octets));
  check_words("; id=" + xtext + body, with(&Envelope::id, octets));
}

TEST(SpoolEnvelopeWords, HaveTimes) {
  for (const std::int64_t time : {least, std::int64_t{-1}, std::int64_t{0}, most}) {
    check_words(cat(body, "; hold-until=", time), with(&Envelope::hold_until, time));
    check_words(cat(body, "; deliver-by=", time, ",R"),
                with(&Envelope::deliver_by, DeliverBy{time, ByMode::return_message, false}));
    check_words(cat(body, "; deliver-by=", time, ",RT"),
                with(&Envelope::deliver_by, DeliverBy{time, ByMode::return_message, true}));
    check_words(cat(body, "; deliver-by=", time, ",N"),
                with(&Envelope::deliver_by, DeliverBy{time, ByMode::notify, false}));
    check_words(cat(body, "; deliver-by=", time, ",NT"),
                with(&Envelope::deliver_by, DeliverBy{time, ByMode::notify, true}));
  }
}

TEST(SpoolEnvelopeWords, HavePriorities) {
  for (int priority = -9; priority <= 9; ++priority) {
    check_words(cat(body, "; priority=", priority), with(&Envelope::priority, priority));
  }
  STRCMP_EQUAL("malformed priority", fault(body + "; priority=10").c_str());
  STRCMP_EQUAL("malformed priority", fault(body + "; priority=-10").c_str());
  STRCMP_EQUAL("malformed priority", fault(body + "; priority=4294967296").c_str());
}

TEST(SpoolEnvelopeWords, HaveStrictNumbers) {
  for (const char* number :
       {"", "-", "--1", "+1", "+2B1", "01", "-01", "00", "-0", "1.0", "0x1", "1e1", "+201", "1+20",
        "1+00", "9223372036854775808", "-9223372036854775809", "99999999999999999999"}) {
    CHECK_TEXT(fault(cat(body, "; hold-until=", number)) != "no fault", number);
    CHECK_TEXT(fault(cat(body, "; deliver-by=", number, ",R")) != "no fault", number);
    CHECK_TEXT(fault(cat(body, "; priority=", number)) != "no fault", number);
  }
  STRCMP_EQUAL("malformed hold-until", fault(body + "; hold-until").c_str());
  STRCMP_EQUAL("malformed priority", fault(body + "; priority").c_str());
}

TEST(SpoolEnvelopeWords, HaveStrictDeadlines) {
  for (const char* value : {"", "1", "1,", ",R", "1R", "1,X", "1,T", "1,r", "1,Rt", "1,TR", "1,RTT",
                            "1,RN", "1,R,T", "1,R+20", "1;R", "1,+20R", "R,1"}) {
    CHECK_TEXT(fault(cat(body, "; deliver-by=", value)) != "no fault", value);
  }
  STRCMP_EQUAL("malformed deliver-by", fault(body + "; deliver-by").c_str());
}

TEST(SpoolEnvelopeWords, StandInAnyOrderAndOnce) {
  const std::vector<std::string> words{
      "id=a",    "body=7BIT",    "smtputf8",   "require-tls",    "ret=FULL",
      "envid=a", "hold-until=1", "priority=1", "deliver-by=1,R", "submitter=a",
      "auth=a",  "peer=a",       "with=a"};
  std::string backwards;
  for (const std::string& word : words) backwards = cat("; ", word, backwards);
  STRCMP_EQUAL("no fault", fault(backwards).c_str());
  for (const std::string& word : words) {
    const std::string expected = cat("second ", word.substr(0, word.find('=')));
    STRCMP_EQUAL(expected.c_str(), fault(cat(backwards, "; ", word)).c_str());
  }
}

TEST(SpoolEnvelopeWords, NeedABody) {
  STRCMP_EQUAL("no body", fault("").c_str());
  STRCMP_EQUAL("no body", fault("; id=a").c_str());
  STRCMP_EQUAL("malformed body", fault("; body").c_str());
}

TEST(SpoolEnvelopeWords, MayBeEncodedWhereTheyNeedNot) {
  Envelope envelope;
  CHECK(parse_words("; body=8+42ITMIME; priority=+2D3; deliver-by=1+2C+4E", envelope).has_value());
  CHECK(envelope.body == Body::eight_bit_mime);
  LONGS_EQUAL(-3, envelope.priority.value());
  CHECK(envelope.deliver_by == (DeliverBy{1, ByMode::notify, false}));
}

TEST(SpoolEnvelopeWords, HaveNoticesInOneOrder) {
  check_words(" notify=NEVER", Recipient{.address = {}, .notify = Notify{.never = true}});
  for (unsigned bits = 1; bits < 8; ++bits) {
    const Notify notify{
        .success = (bits & 1) != 0, .failure = (bits & 2) != 0, .delay = (bits & 4) != 0};
    std::string names;
    if (notify.success) names += ",SUCCESS";
    if (notify.failure) names += ",FAILURE";
    if (notify.delay) names += ",DELAY";
    check_words(" notify=" + names.substr(1), Recipient{.address = {}, .notify = notify});
  }
}

TEST(SpoolEnvelopeWords, RefuseOtherNotices) {
  for (const char* word :
       {"notify", "notify=", "notify=,", "notify=never", "notify=X", "notify=NEVER,",
        "notify=NEVER,DELAY", "notify=DELAY,NEVER", "notify=DELAY,FAILURE", "notify=DELAY,DELAY",
        "notify=SUCCESS,", "notify=,SUCCESS", "notify=SUCCESS,,DELAY", "notify=SUCCESSDELAY",
        "notify=XDELAY", "notify=DELAY+20", "notify=DELAY;", "notify=SUCCESS notify=SUCCESS"}) {
    CHECK_TEXT(recipient_fault(cat(" ", word)) != "no fault", word);
  }
  STRCMP_EQUAL("second notify", recipient_fault(" notify=DELAY notify=DELAY").c_str());
}

TEST(SpoolEnvelopeWords, HaveTheOriginalRecipient) {
  const auto original = [](const char* type, const char* address) {
    return Recipient{.address = {}, .original = OriginalRecipient{type, address}};
  };
  check_words(" orcpt=rfc822;bob@example.net", original("rfc822", "bob@example.net"));
  check_words(" orcpt=rfc822;a+2Bb+3Dc+3Bd+20e+0A", original("rfc822", "a+b=c;d e\n"));
  check_words(" orcpt=utf-8;gr+C3+BC+C3+9F@example",
              original("utf-8", "gr\xc3\xbc\xc3\x9f@example"));
  check_words(" orcpt=x-a+2Bb+3D;+3B", original("x-a+b=", ";"));
  check_words(" notify=DELAY orcpt=x400;/S+3Db",
              Recipient{.address = {},
                        .notify = Notify{.delay = true},
                        .original = OriginalRecipient{"x400", "/S=b"}});
}

TEST(SpoolEnvelopeWords, TakeASemicolonOfTheAddressAsItIs) {
  Recipient recipient;
  CHECK(parse_words(" orcpt=rfc822+3Ba;b;c x=;;", recipient).has_value());
  STRCMP_EQUAL("rfc822", recipient.original->type.c_str());
  STRCMP_EQUAL("a;b;c", recipient.original->address.c_str());
  STRCMP_EQUAL(" orcpt=rfc822;a+3Bb+3Bc", format_words(recipient).c_str());
}

TEST(SpoolEnvelopeWords, RefuseOtherOriginalRecipients) {
  for (const char* word :
       {"orcpt", "orcpt=", "orcpt=;", "orcpt=rfc822", "orcpt=rfc822;", "orcpt=;bob@example.net",
        "orcpt=RFC822;b", "orcpt=rfc+20822;b", "orcpt=r.f;b", "orcpt=r+C3+BC;b", "orcpt=utf-8;+C3",
        "orcpt=rfc822;+", "orcpt=rfc822;a=b", "orcpt=rfc822;+c3+bc", "orcpt=rfc822;\xc3\xbc"}) {
    CHECK_TEXT(recipient_fault(cat(" ", word)) != "no fault", word);
  }
  STRCMP_EQUAL("second orcpt", recipient_fault(" orcpt=rfc822;b orcpt=rfc822;b").c_str());
}

TEST(SpoolEnvelopeWords, AreSkippedIfTheyBelongElsewhere) {
  STRCMP_EQUAL("no fault", fault(body + "; notify=X; orcpt=x").c_str());
  STRCMP_EQUAL("no fault", recipient_fault(" ret=X ret=X body hold-until=x").c_str());
}

// Were any of it read more than a few times, this would take minutes.
TEST(SpoolEnvelopeWords, TakeTimeInProportionToTheText) {
  std::string many = body;
  for (int i = 0; i < 200'000; ++i) many += cat("; x", i, "=+20");
  const std::string digits(1'000'000, '0');
  std::string names;
  for (int i = 0; i < 100'000; ++i) names += "SUCCESS,";
  STRCMP_EQUAL("no fault", fault(many).c_str());
  STRCMP_EQUAL("malformed hold-until", fault(body + "; hold-until=" + digits).c_str());
  STRCMP_EQUAL("malformed notify", recipient_fault(" notify=" + names).c_str());
  STRCMP_EQUAL("no fault", recipient_fault(" orcpt=x;" + digits).c_str());
}
