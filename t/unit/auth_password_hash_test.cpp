// SPDX-License-Identifier: ISC
//
// t/unit/auth_password_hash_test.cpp - which hashes are taken, and what they cost.

#include <array>
#include <string>
#include <string_view>

#include "auth/password_hash.h"
#include "base/text.h"

#include "CppUTest/TestHarness.h"

using namespace postern;
using namespace postern::auth;

namespace {

// Of the password "sesame".
constexpr std::string_view md5_hash = "$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/";
constexpr std::string_view sha256_hash =
    "$5$rounds=1000$saltsalt$30.yc4HsSpLTxr3NqKw4EhPINDzNTqzxg9qelAitDW2";

// A setting of each kind of crypt(5) that is taken, as cheap as the kind allows.
struct Kind {
  std::string_view setting;
  std::string_view cost;
};
constexpr std::array kinds{
    Kind{"$y$j75$saltsaltsaltsalt", "$y$j75$"},
    Kind{"$gy$j75$saltsaltsaltsalt", "$gy$j75$"},
    Kind{"$7$4U..../....saltsalt", "$7$4U..../...."},
    Kind{"$2a$04$saltsaltsaltsaltsaltse", "$2a$04$"},
    Kind{"$2b$04$saltsaltsaltsaltsaltse", "$2b$04$"},
    Kind{"$2y$04$saltsaltsaltsaltsaltse", "$2y$04$"},
    Kind{"$6$rounds=1000$saltsalt", "$6$rounds=1000$"},
    Kind{"$5$saltsalt", "$5$"},
    Kind{"$sha1$4$saltsalt$", "$sha1$4$"},
    Kind{"$md5,rounds=5$saltsalt$", "$md5,rounds=5$"},
    Kind{"$1$saltsalt", "$1$"},
};

bool mentions(const std::optional<std::string>& fault, std::string_view words) {
  return fault && fault->find(words) != std::string::npos;
}

}  // namespace

TEST_GROUP(PasswordHash){};

TEST(PasswordHash, EachKindIsComputedAndTakenBack) {
  for (const Kind& kind : kinds) {
    const auto hash = hash_password("sesame", std::string(kind.setting));
    CHECK_TRUE_TEXT(hash.has_value(), kind.setting.data());
    CHECK_FALSE_TEXT(fault_of_hash(*hash).has_value(), hash->c_str());
    CHECK_TRUE_TEXT(password_matches("sesame", *hash), hash->c_str());
    CHECK_FALSE_TEXT(password_matches("sesamE", *hash), hash->c_str());
  }
}

TEST(PasswordHash, CostIsAllThatStandsBeforeTheSalt) {
  for (const Kind& kind : kinds) {
    const auto hash = hash_password("sesame", std::string(kind.setting));
    STRCMP_EQUAL(std::string(kind.cost).c_str(), std::string(cost_of_hash(*hash)).c_str());
  }
}

TEST(PasswordHash, NoKindIsTakenWhenItsEndIsMissing) {
  for (const Kind& kind : kinds) {
    const auto hash = hash_password("sesame", std::string(kind.setting));
    const std::string_view cut = std::string_view(*hash).substr(0, hash->size() - 1);
    CHECK_TRUE_TEXT(mentions(fault_of_hash(cut), "cut short"), hash->c_str());
    CHECK_TRUE_TEXT(mentions(fault_of_hash(kind.setting), "cut short"), kind.setting.data());
    CHECK_TRUE_TEXT(fault_of_hash(*hash + "x").has_value(), hash->c_str());
  }
}

TEST(PasswordHash, HashesMadeByOtherProgramsMatch) {
  CHECK(password_matches("sesame", std::string(md5_hash)));
  CHECK(password_matches("sesame", std::string(sha256_hash)));
  CHECK(!password_matches("", std::string(sha256_hash)));
}

// crypt(3) takes any two letters for the start of a DES hash.
TEST(PasswordHash, PlainTextIsAFault) {
  CHECK(mentions(fault_of_hash("sesame"), "plain text"));
  CHECK(mentions(fault_of_hash("abcdefghijklm"), "plain text"));
  CHECK(mentions(fault_of_hash("x"), "plain text"));
  CHECK(mentions(fault_of_hash("_J9..TWRRjqVWYfgd22s"), "plain text"));
}

TEST(PasswordHash, AKindThatCryptDoesNotKnowIsAFault) {
  CHECK(mentions(fault_of_hash("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"), "does not know"));
  CHECK(mentions(fault_of_hash("$apr1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/"), "does not know"));
  CHECK(mentions(fault_of_hash("$"), "does not know"));
}

TEST(PasswordHash, OctetsThatNoHashHoldsAreAFault) {
  for (const char c : {' ', '\0', '\t', '\x7f', '\xc3', '$'}) {
    for (const std::size_t place : {std::size_t{5}, md5_hash.size() - 1}) {
      if (c == '$' && place == 5) continue;  // a shorter salt, then a digest that is too long
      std::string hash(md5_hash);
      hash[place] = c;
      CHECK_TRUE_TEXT(fault_of_hash(hash).has_value(), printable(hash).c_str());
    }
  }
}

// The words end up in logs.
TEST(PasswordHash, NoFaultShowsTheHash) {
  CHECK(!mentions(fault_of_hash("sesame"), "sesame"));
  CHECK(!mentions(fault_of_hash("$9$sesame"), "sesame"));
  CHECK(!mentions(fault_of_hash("$1$sesame"), "sesame"));
}

TEST(PasswordHash, ASettingThatCryptRefusesGivesNoHash) {
  CHECK(!hash_password("sesame", "$y$zzz$saltsalt"));
  CHECK(!hash_password("sesame", "*"));
  CHECK(!hash_password("sesame", ""));
}

TEST(PasswordHash, WhatStandsBehindANulIsNotForgotten) {
  using namespace std::string_literals;
  CHECK(!password_matches("sesame\0"s, std::string(md5_hash)));
  CHECK(!password_matches("sesame\0open"s, std::string(md5_hash)));
  CHECK(!hash_password("\0"s, std::string(md5_hash)));
}
