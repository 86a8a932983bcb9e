// SPDX-License-Identifier: ISC
//
// t/unit/auth_users_test.cpp - the users file: what is taken, every fault, and the decoy.

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "auth/password_hash.h"
#include "auth/users.h"
#include "base/text.h"

#include "CppUTest/TestHarness.h"

using namespace postern;
using namespace postern::auth;

namespace {

constexpr std::string_view md5_hash = "$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/";
constexpr std::string_view sha256_hash =
    "$5$rounds=1000$saltsalt$30.yc4HsSpLTxr3NqKw4EhPINDzNTqzxg9qelAitDW2";
constexpr std::string_view other_sha256_hash =
    "$5$rounds=1000$pepper$KLLGcWTsnvZepe/33uYA6m0E3hVU.tR9Yot3Vr/cvKB";

Users parse_good(std::string_view text) {
  auto users = Users::parse(text);
  if (users) return std::move(*users);
  FAIL(users.error().front().message().c_str());
  return {};
}

std::vector<std::string> faults_of(const Users::Parsed& users) {
  std::vector<std::string> messages;
  if (users) return messages;
  for (const Error& fault : users.error()) messages.push_back(fault.message());
  return messages;
}

// The one fault of text begins with beginning.
void check_fault(std::string_view beginning, std::string_view text) {
  const auto faults = faults_of(Users::parse(text));
  LONGS_EQUAL(1, faults.size());
  const std::string found = faults.front().substr(0, beginning.size());
  STRCMP_EQUAL(std::string(beginning).c_str(), found.c_str());
}

// A file that goes when the test ends.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const int fd = ::mkstemp(path_.data());
    CHECK(fd >= 0);
    ::close(fd);
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/postern-users-XXXXXX";
};

}  // namespace

TEST_GROUP(Users){};

TEST(Users, FindsEachNameWithItsHash) {
  const Users users =
      parse_good(cat("# people\n\nalice:", md5_hash, "\n  \nbob@example.org:", sha256_hash));
  STRCMP_EQUAL(std::string(md5_hash).c_str(), users.find("alice")->c_str());
  STRCMP_EQUAL(std::string(sha256_hash).c_str(), users.find("bob@example.org")->c_str());
  CHECK(!users.empty());
}

TEST(Users, NamesAreComparedOctetForOctet) {
  const Users users = parse_good(cat("alice:", md5_hash));
  POINTERS_EQUAL(nullptr, users.find("Alice"));
  POINTERS_EQUAL(nullptr, users.find("alice "));
  POINTERS_EQUAL(nullptr, users.find(std::string_view("alice\0", 6)));
  POINTERS_EQUAL(nullptr, users.find(""));
}

TEST(Users, TakesLinesOfEtcShadow) {
  const Users users = parse_good(cat("alice:", md5_hash, ":19700:0:99999:7:::\n"));
  STRCMP_EQUAL(std::string(md5_hash).c_str(), users.find("alice")->c_str());
}

TEST(Users, TakesLineEndsAndByteOrderMarkOfWindows) {
  const Users users =
      parse_good(cat("\xef\xbb\xbf", "alice:", md5_hash, "\r\n\r\nbob:", sha256_hash, "\r\n"));
  STRCMP_EQUAL(std::string(md5_hash).c_str(), users.find("alice")->c_str());
  STRCMP_EQUAL(std::string(sha256_hash).c_str(), users.find("bob")->c_str());
}

TEST(Users, LockedUsersAreNoFaultAndAreNotFound) {
  const Users users = parse_good(cat("alice:!", md5_hash, "\nbob:*\ncarol:!\ndave:!!\n"));
  for (const char* name : {"alice", "bob", "carol", "dave"}) {
    POINTERS_EQUAL(nullptr, users.find(name));
  }
  CHECK(users.empty());
}

TEST(Users, AFileWithoutUsersIsNoFault) {
  CHECK(parse_good("").empty());
  CHECK(parse_good("# nobody yet\n").empty());
}

TEST(Users, EachFaultNamesItsLine) {
  const std::string good = cat("alice:", md5_hash, "\n");
  check_fault("line 2: no colon", good + "sesame\n");
  check_fault("line 2: no name", cat(good, ":", md5_hash));
  check_fault("line 2: no password hash", good + "bob:\n");
  check_fault("line 2: no password hash", good + "bob::19700:\n");
  check_fault("line 2: that is no password hash, but plain text", good + "bob:sesame\n");
  check_fault("line 2: this system's crypt(3) does not know that hash", good + "bob:$9$x$y\n");
  check_fault("line 2: that hash is damaged", good + "bob:$1$x$y\n");
  check_fault("line 2: that hash is damaged", cat(good, "bob:", md5_hash, " \n"));
  check_fault("line 3: the name of line 1 again", good + "\nalice:*\n");
}

TEST(Users, ALockedNameAgainIsAFault) {
  check_fault("line 2: the name of line 1 again", cat("alice:*\nalice:", md5_hash));
}

TEST(Users, NamesThatNoClientCanMeanAreFaults) {
  for (const std::string_view name : {std::string_view(" alice"), std::string_view("alice\t"),
                                      std::string_view("al\0ice", 6), std::string_view("\xff")}) {
    check_fault("line 1: a name is UTF-8 text", cat(name, ":", md5_hash));
  }
  const Users users = parse_good(cat("Anna M\xc3\xbcller:", md5_hash));
  CHECK(users.find("Anna M\xc3\xbcller") != nullptr);
}

TEST(Users, AllFaultsAreReportedInOrder) {
  const auto faults = faults_of(Users::parse("sesame\n# comment\nbob:x\n:*\n"));
  LONGS_EQUAL(3, faults.size());
  CHECK(faults[0].starts_with("line 1: "));
  CHECK(faults[1].starts_with("line 3: "));
  CHECK(faults[2].starts_with("line 4: "));
}

TEST(Users, NoFaultShowsWhatTheLineHolds) {
  const auto faults = faults_of(Users::parse("sesame\nbob:sesame\nsesame :*\neve:*\neve:sesame\n"));
  LONGS_EQUAL(4, faults.size());
  for (const std::string& fault : faults) {
    CHECK_TRUE_TEXT(fault.find("sesame") == std::string::npos, fault.c_str());
  }
}

// crypt_checksalt passes it: only computing shows that the cost is none.
TEST(Users, AHashThatCannotServeAsDecoyIsAFault) {
  const std::string impossible = cat("$y$zzz$saltsalt$", std::string(43, 'x'));
  check_fault("line 2: this system's crypt(3) cannot compute", cat("# one\nalice:", impossible));
}

TEST(Users, DecoyCostsWhatMostHashesCost) {
  const Users users = parse_good(cat("alice:", md5_hash, "\nbob:", sha256_hash,
                                     "\ncarol:", other_sha256_hash, "\ndave:!", md5_hash, "\n"));
  STRCMP_EQUAL("$5$rounds=1000$", std::string(cost_of_hash(users.decoy())).c_str());
  LONGS_EQUAL(sha256_hash.size(), users.decoy().size());
  CHECK(!fault_of_hash(users.decoy()));
}

TEST(Users, DecoyIsNobodysHashAndNeverTheSame) {
  const Users once = parse_good(cat("bob:", sha256_hash));
  const Users again = parse_good(cat("bob:", sha256_hash));
  CHECK(once.decoy() != sha256_hash);
  CHECK(once.decoy() != again.decoy());
}

TEST(Users, DecoyOfAnEmptyFileIsAWholeHashToo) {
  CHECK(!fault_of_hash(parse_good("").decoy()));
}

TEST(Users, LoadsAFile) {
  const TemporaryFile file(cat("alice:", md5_hash, "\n"));
  const auto users = Users::load(file.path());
  CHECK(users.has_value());
  CHECK(users->find("alice") != nullptr);
}

TEST(Users, FaultsOfAFileBeginWithItsPathAndLine) {
  const TemporaryFile file("# comment\nbob:sesame\n");
  const auto faults = faults_of(Users::load(file.path()));
  LONGS_EQUAL(1, faults.size());
  CHECK(faults.front().starts_with(cat(file.path(), ":2: that is no password hash")));
}

TEST(Users, AFileThatCannotBeReadIsOneFault) {
  const auto missing = faults_of(Users::load("/nonexistent/users"));
  LONGS_EQUAL(1, missing.size());
  STRCMP_EQUAL("/nonexistent/users cannot be opened: No such file or directory",
               missing.front().c_str());
  const auto directory = faults_of(Users::load("/tmp"));
  LONGS_EQUAL(1, directory.size());
  STRCMP_EQUAL("/tmp is a directory", directory.front().c_str());
}
