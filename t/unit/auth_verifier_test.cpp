// SPDX-License-Identifier: ISC
//
// t/unit/auth_verifier_test.cpp - who may log in, and what an answer costs.

#include <crypt.h>
#include <dlfcn.h>

#include <string>
#include <string_view>

#include "auth/password_hash.h"
#include "auth/verifier.h"
#include "base/text.h"

#include "CppUTest/TestHarness.h"

using namespace postern;
using namespace postern::auth;
using namespace std::string_literals;

namespace {

int hashes_computed = 0;

constexpr std::string_view sesame_hash =
    "$5$rounds=1000$saltsalt$30.yc4HsSpLTxr3NqKw4EhPINDzNTqzxg9qelAitDW2";
constexpr std::string_view open_hash =
    "$5$rounds=1000$pepper$KLLGcWTsnvZepe/33uYA6m0E3hVU.tR9Yot3Vr/cvKB";

}  // namespace

// Stands before libcrypt's, counts, and lets that do the work.
extern "C" char* crypt_rn(const char* phrase, const char* setting, void* data, int size) noexcept {
  using Function = char* (*)(const char*, const char*, void*, int);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "crypt_rn"));
  char* hash = real(phrase, setting, data, size);
  if (hash != nullptr) ++hashes_computed;
  return hash;
}

TEST_GROUP(Verifier) {
  void setup() override {
    hashes_computed = 0;
  }

  const Users users = *Users::parse(
      cat("alice:", sesame_hash, "\nbob:", open_hash, "\n", "locked:!", sesame_hash, "\n"));
};

TEST(Verifier, AcceptsOnlyTheUsersOwnPassword) {
  CHECK(verify(users, {"alice", "sesame"}));
  CHECK(verify(users, {"bob", "open"}));
  CHECK(!verify(users, {"alice", "open"}));
  CHECK(!verify(users, {"bob", "sesame"}));
  CHECK(!verify(users, {"alice", "sesam"}));
  CHECK(!verify(users, {"alice", "sesame "}));
  CHECK(!verify(users, {"alice", ""}));
}

TEST(Verifier, RefusesUnknownNames) {
  CHECK(!verify(users, {"carol", "sesame"}));
  CHECK(!verify(users, {"Alice", "sesame"}));
  CHECK(!verify(users, {"", "sesame"}));
  CHECK(!verify(users, {"", ""}));
}

TEST(Verifier, RefusesLockedUsers) {
  CHECK(!verify(users, {"locked", "sesame"}));
  CHECK(!verify(users, {"locked", ""}));
}

TEST(Verifier, RefusesTheHashItself) {
  CHECK(!verify(users, {"alice", std::string(sesame_hash)}));
}

TEST(Verifier, RefusesPasswordsWithANul) {
  CHECK(!verify(users, {"alice", "sesame\0"s}));
  CHECK(!verify(users, {"alice", "sesame\0x"s}));
  CHECK(!verify(users, {"alice\0"s, "sesame"}));
}

TEST(Verifier, LongestPasswordIsOneOctetBelowTheLimitOfCrypt) {
  const std::string longest(CRYPT_MAX_PASSPHRASE_SIZE - 1, 'x');
  const auto hash = hash_password(longest, "$5$rounds=1000$saltsalt");
  const auto one_user = Users::parse(cat("alice:", *hash));
  CHECK(verify(*one_user, {"alice", longest}));
  CHECK(!verify(*one_user, {"alice", longest + 'x'}));
  CHECK(!verify(*one_user, {"alice", longest + std::string(10'000, 'x')}));
}

TEST(Verifier, EveryAnswerCostsExactlyOneHash) {
  for (const char* name : {"alice", "carol", "locked", ""}) {
    for (const char* password : {"sesame", "wrong", ""}) {
      hashes_computed = 0;
      verify(users, {name, password});
      LONGS_EQUAL_TEXT(1, hashes_computed, name);
    }
  }
}

TEST(Verifier, UnknownNamesCostAsMuchAsKnownOnes) {
  STRCMP_EQUAL(std::string(cost_of_hash(sesame_hash)).c_str(),
               std::string(cost_of_hash(users.decoy())).c_str());
}

TEST(Verifier, WithoutUsersAnAnswerCostsAHashToo) {
  const auto nobody = Users::parse("");
  hashes_computed = 0;
  CHECK(!verify(*nobody, {"alice", "sesame"}));
  LONGS_EQUAL(1, hashes_computed);
}
