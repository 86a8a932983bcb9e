// SPDX-License-Identifier: ISC
//
// t/unit/auth_exchange_test.cpp - SASL exchanges (RFC 4422) from the first challenge to the
// credentials.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "auth/exchange.h"

#include "CppUTest/TestHarness.h"

using namespace postern::auth;
using namespace std::string_literals;

namespace {

void check_challenge(std::string_view text, const ExchangeStep& step) {
  const auto* challenge = std::get_if<Challenge>(&step);
  CHECK(challenge != nullptr);
  STRCMP_EQUAL(std::string(text).c_str(), challenge->text.c_str());
}

void check_credentials(std::string_view name, std::string_view password, const ExchangeStep& step) {
  const auto* credentials = std::get_if<Credentials>(&step);
  CHECK(credentials != nullptr);
  CHECK(credentials->name == name);
  CHECK(credentials->password == password);
}

void check_malformed(const ExchangeStep& step) {
  CHECK(std::holds_alternative<Malformed>(step));
}

// The outcome of AUTH PLAIN with an initial response.
ExchangeStep plain(std::string_view message) {
  return Exchange("PLAIN").step(message);
}

// The outcome of AUTH LOGIN with both answers.
ExchangeStep login(std::string_view name, std::string_view password) {
  Exchange exchange("LOGIN");
  exchange.step(std::nullopt);
  const ExchangeStep step = exchange.step(name);
  return std::holds_alternative<Challenge>(step) ? exchange.step(password) : step;
}

}  // namespace

TEST_GROUP(Exchange){};

TEST(Exchange, SupportsWhatItAdvertises) {
  STRCMP_EQUAL("PLAIN LOGIN", std::string(Exchange::mechanisms()).c_str());
  CHECK(Exchange::is_supported("PLAIN"));
  CHECK(Exchange::is_supported("login"));
}

TEST(Exchange, SupportsNothingElse) {
  for (const char* name : {"", "PLAI", "PLAIN ", "CRAM-MD5", "SCRAM-SHA-256", "ANONYMOUS",
                           "EXTERNAL", "DIGEST-MD5", "NTLM"}) {
    CHECK_FALSE_TEXT(Exchange::is_supported(name), name);
  }
}

TEST_GROUP(ExchangePlain){};

// RFC 4616 4 shows both forms.
TEST(ExchangePlain, InitialResponseIsTheWholeExchange) {
  check_credentials("tim", "tanstaaftanstaaf", plain("\0tim\0tanstaaftanstaaf"s));
}

TEST(ExchangePlain, WithoutInitialResponseAnEmptyChallengeComesFirst) {
  Exchange exchange("plain");
  check_challenge("", exchange.step(std::nullopt));
  check_credentials("tim", "tanstaaftanstaaf", exchange.step("\0tim\0tanstaaftanstaaf"s));
}

TEST(ExchangePlain, ActingForOneselfIsFine) {
  check_credentials("alice", "sesame", plain("alice\0alice\0sesame"s));
}

TEST(ExchangePlain, ActingForAnotherIsMalformed) {
  check_malformed(plain("root\0alice\0sesame"s));
  check_malformed(plain("alic\0alice\0sesame"s));
  check_malformed(plain("Alice\0alice\0sesame"s));
}

TEST(ExchangePlain, MessagesCutAnywhereBeforeThePasswordAreMalformed) {
  const std::string message = "\0alice\0sesame"s;
  for (std::size_t length = 0; length <= 7; ++length) {
    check_malformed(plain(std::string_view(message).substr(0, length)));
  }
  check_credentials("alice", "s", plain(std::string_view(message).substr(0, 8)));
}

TEST(ExchangePlain, EmptyNameOrPasswordIsMalformed) {
  check_malformed(plain("\0\0sesame"s));
  check_malformed(plain("\0alice\0"s));
  check_malformed(plain("alice\0\0sesame"s));
  check_malformed(plain("\0\0"s));
  check_malformed(plain("\0\xc2\xad\0sesame"s));  // a soft hyphen: nothing by RFC 4013
}

TEST(ExchangePlain, AnEmptyResponseIsNotTheAbsenceOfOne) {
  check_malformed(plain(""));
  Exchange exchange("PLAIN");
  exchange.step(std::nullopt);
  check_malformed(exchange.step(""));
}

TEST(ExchangePlain, ANulTooManyIsMalformed) {
  check_malformed(plain("\0alice\0sesame\0"s));
  check_malformed(plain("\0alice\0ses\0ame"s));
  check_malformed(plain("\0\0\0\0"s));
}

TEST(ExchangePlain, TakesUtf8AndNothingElse) {
  check_credentials("ren\xc3\xa9", "gr\xc3\xbc\xc3\x9f",
                    plain("\0ren\xc3\xa9\0gr\xc3\xbc\xc3\x9f"s));
  check_malformed(plain("\0ren\xe9\0sesame"s));
  check_malformed(plain("\0alice\0\xff\xfe"s));
}

TEST(ExchangePlain, PasswordMayHoldAnyAsciiThatPrints) {
  check_credentials("a", " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ",
                    plain("\0a\0 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "s));
}

TEST(ExchangePlain, TakesTheLongestCredentialsButNoLonger) {
  const std::string name(max_credential, 'n');
  const std::string password(max_credential, 'p');
  const std::string nul(1, '\0');
  check_credentials(name, password, plain(name + nul + name + nul + password));
  check_malformed(plain(nul + name + "n" + nul + "p"));
  check_malformed(plain(nul + "n" + nul + password + "p"));
  check_malformed(plain(nul + "n" + nul + std::string(1'000'000, 'p')));
  // U+FDFA is three octets and becomes 33.
  std::string grows;
  for (int i = 0; i < 100; ++i) grows += "\xef\xb7\xba";
  check_malformed(plain(nul + "n" + nul + grows));
}

TEST(ExchangePlain, IsOverAfterAMalformedResponse) {
  Exchange exchange("PLAIN");
  check_malformed(exchange.step("nonsense"));
  check_malformed(exchange.step("\0alice\0sesame"s));
}

TEST_GROUP(ExchangeLogin){};

TEST(ExchangeLogin, AsksForNameAndPasswordInTheUsualWords) {
  Exchange exchange("LOGIN");
  check_challenge("Username:", exchange.step(std::nullopt));
  check_challenge("Password:", exchange.step("alice"));
  check_credentials("alice", "sesame", exchange.step("sesame"));
}

TEST(ExchangeLogin, InitialResponseIsTheName) {
  Exchange exchange("login");
  check_challenge("Password:", exchange.step("alice"));
  check_credentials("alice", "sesame", exchange.step("sesame"));
}

TEST(ExchangeLogin, TakesOctetsThatAreNotUtf8) {
  check_credentials("ren\xe9", "gr\xfc\xdf", login("ren\xe9", "gr\xfc\xdf"));
}

TEST(ExchangeLogin, EmptyNameOrPasswordIsMalformed) {
  check_malformed(login("", "sesame"));
  check_malformed(login("alice", ""));
  Exchange exchange("LOGIN");
  check_malformed(exchange.step(""));
}

TEST(ExchangeLogin, ANulIsMalformed) {
  check_malformed(login("alice\0"s, "sesame"));
  check_malformed(login("\0"s, "sesame"));
  check_malformed(login("al\0ice"s, "sesame"));
  check_malformed(login("alice", "sesame\0"s));
  check_malformed(login("alice", "ses\0ame"s));
}

TEST(ExchangeLogin, TakesTheLongestCredentialsButNoLonger) {
  const std::string name(max_credential, 'n');
  const std::string password(max_credential, 'p');
  check_credentials(name, password, login(name, password));
  check_malformed(Exchange("LOGIN").step(name + "n"));
  check_malformed(login(name, password + "p"));
}

TEST(ExchangeLogin, IsOverAfterAMalformedResponse) {
  Exchange exchange("LOGIN");
  exchange.step("alice");
  check_malformed(exchange.step(""));
  check_malformed(exchange.step("sesame"));
}

TEST(ExchangeLogin, CanBeMovedBetweenItsSteps) {
  Exchange begun("LOGIN");
  check_challenge("Password:", begun.step("alice"));
  Exchange moved(std::move(begun));
  check_credentials("alice", "sesame", moved.step("sesame"));
}

// Two clients at once share nothing.
TEST(ExchangeLogin, ExchangesDoNotMix) {
  Exchange one("LOGIN");
  Exchange other("LOGIN");
  one.step("alice");
  other.step("bob");
  check_credentials("alice", "sesame", one.step("sesame"));
  check_credentials("bob", "open", other.step("open"));
}
