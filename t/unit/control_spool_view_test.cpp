// SPDX-License-Identifier: ISC
//
// t/unit/control_spool_view_test.cpp - the messages in the spool, for who administers it.

#include "control/spool_view.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>

#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::control::SpooledMessage;
using postern::control::SpoolStatus;
using postern::control::SpoolView;
using postern::test::TemporaryDirectory;

TEST_GROUP(SpoolView) {
  TemporaryDirectory directory;
  postern::Result<SpoolView> opened = open_spool();

  postern::Result<SpoolView> open_spool() {
    for (const char* name : {"tmp", "new", "cur"}) {
      std::filesystem::create_directories(directory.path(name));
    }
    return SpoolView::open(directory.path("."));
  }

  const SpoolView& spool() const {
    return *opened;
  }

  bool exists(std::string_view path) const {
    return std::filesystem::exists(directory.path(path));
  }

  // The paths of all messages, one a line.
  std::string listed() const {
    const auto messages = spool().list();
    CHECK(messages.has_value());
    std::string paths;
    for (const SpooledMessage& message : *messages) paths += cat(message.path, "\n");
    return paths;
  }

  SpooledMessage found(const std::string& id) const {
    const auto message = spool().find(id);
    CHECK_TRUE_TEXT(message.has_value(), id.c_str());
    return *message;
  }

  SpoolStatus status_at(std::int64_t now) const {
    const auto status = spool().status(now);
    CHECK(status.has_value());
    return *status;
  }
};

TEST(SpoolView, OfAnEmptySpoolIsEmpty) {
  STRCMP_EQUAL("", listed().c_str());
  const SpoolStatus status = status_at(1000);
  LONGS_EQUAL(0, status.fresh + status.taken);
  LONGS_EQUAL(0, status.oldest_seconds);
  CHECK(status.free_octets > 0);
}

TEST(SpoolView, SaysWhatIsNoSpool) {
  const auto none = SpoolView::open(directory.path("nothing"));
  CHECK(!none);
  LONGS_EQUAL(ENOENT, none.error().sys_errno);
  std::filesystem::remove(directory.path("cur"));
  const auto messages = spool().list();
  CHECK(!messages);
  STRCMP_CONTAINS("open cur", messages.error().message().c_str());
  CHECK(!spool().status(0));
  CHECK(!spool().find("1"));
}

TEST(SpoolView, ReadsWhatANameSays) {
  directory.write("new/1795473850.1k0z5-1.mail.example.org,S=597", "");
  const SpooledMessage message = found("1k0z5-1");
  STRCMP_EQUAL("new/1795473850.1k0z5-1.mail.example.org,S=597", message.path.c_str());
  LONGS_EQUAL(1795473850, message.seconds);
  LONGS_EQUAL(597, message.octets);
  CHECK(!message.is_taken);
}

TEST(SpoolView, KnowsWhatIsTakenWithItsFlags) {
  directory.write("cur/1795473850.1k0z5-1.host,S=597:2,S", "");
  const SpooledMessage message = found("1k0z5-1");
  LONGS_EQUAL(597, message.octets);
  CHECK(message.is_taken);
}

TEST(SpoolView, ListsTheOldestFirstWhereverItIs) {
  directory.write("new/30.c-1.h,S=1", "");
  directory.write("cur/20.b-2.h,S=1", "");
  directory.write("cur/100.d-1.h,S=1:2,", "");
  directory.write("new/20.b-1.h,S=1", "");
  directory.write("tmp/10.a-1.h,S=1", "");
  STRCMP_EQUAL(
      "new/20.b-1.h,S=1\n"
      "cur/20.b-2.h,S=1\n"
      "new/30.c-1.h,S=1\n"
      "cur/100.d-1.h,S=1:2,\n",
      listed().c_str());
}

TEST(SpoolView, CountsAndTellsTheAge) {
  directory.write("new/100.a-1.h,S=1", "");
  directory.write("new/90.a-2.h,S=1", "");
  directory.write("cur/95.a-3.h,S=1", "");
  const SpoolStatus status = status_at(150);
  LONGS_EQUAL(2, status.fresh);
  LONGS_EQUAL(1, status.taken);
  LONGS_EQUAL(60, status.oldest_seconds);
  LONGS_EQUAL(0, status_at(50).oldest_seconds);  // the clock was set back
}

// Other programs may put in theirs; these are none of ours.
TEST(SpoolView, LeavesOutNamesThatAreNone) {
  for (const char* name :
       {"README", ".hidden", "1795473850", "1795473850.id", "x.id.host", ".id.host", "1x.id.host",
        "1795473850..host", "99999999999999999999.id.host", "1 .id.host"}) {
    directory.write(cat("new/", name), "");
  }
  STRCMP_EQUAL("", listed().c_str());
  LONGS_EQUAL(0, status_at(0).fresh);
}

TEST(SpoolView, TakesNamesThatAreOdd) {
  directory.write("new/1.id-1.", "");
  directory.write("new/2.id-2.host", "");
  directory.write("new/3.id-3.host,S=", "");
  directory.write("new/4.id-4.host,S=99999999999999999999", "");
  directory.write("new/5.id 5.host,S=5", "");
  directory.write("new/6.\x1b[2J.host,S=6,W=7:2,RS", "");
  for (const char* id : {"id-1", "id-2", "id-3", "id-4"}) LONGS_EQUAL(0, found(id).octets);
  LONGS_EQUAL(5, found("id 5").octets);
  LONGS_EQUAL(6, found("\x1b[2J").octets);
  LONGS_EQUAL(6, status_at(10).fresh);
}

TEST(SpoolView, SaysWhichMessageIsNotThere) {
  directory.write("new/1.id-1.host", "");
  for (const char* id : {"id-2", "id-", "", "1", "../tmp", "1.id-1.host"}) {
    const auto message = spool().find(id);
    CHECK(!message);
    STRCMP_EQUAL(cat("there is no message ", id, " in the spool").c_str(),
                 message.error().message().c_str());
  }
  STRCMP_EQUAL("there is no message \\x1b in the spool",
               spool().find("\x1b").error().message().c_str());
}

// Between the two looks a program has taken it, with a link that it removes next.
TEST(SpoolView, FindsAMessageThatIsInBothWhereItGoes) {
  directory.write("new/1.id-1.host", "");
  directory.write("cur/1.id-1.host:2,", "");
  CHECK(found("id-1").is_taken);
}

// ---- Reading

TEST(SpoolView, ReadsNoMoreThanWanted) {
  directory.write("new/1.id-1.host", "0123456789");
  const SpooledMessage message = found("id-1");
  STRCMP_EQUAL("0123", spool().read(message, 4)->c_str());
  STRCMP_EQUAL("0123456789", spool().read(message, 10)->c_str());
  STRCMP_EQUAL("0123456789", spool().read(message, 1000)->c_str());
}

TEST(SpoolView, SaysWhenAMessageHasVanished) {
  directory.write("new/1.id-1.host", "");
  const SpooledMessage message = found("id-1");
  std::filesystem::remove(directory.path("new/1.id-1.host"));
  const auto removed = spool().remove(message);
  CHECK(!removed);
  LONGS_EQUAL(ENOENT, removed.error().sys_errno);
  const auto text = spool().read(message, 10);
  CHECK(!text);
  LONGS_EQUAL(ENOENT, text.error().sys_errno);
}

// Whoever may write to the spool must not get at files that only its reader may read.
TEST(SpoolView, DoesNotFollowLinks) {
  directory.write("secret", "secret");
  std::filesystem::create_symlink(directory.path("secret"), directory.path("new/1.id-1.host"));
  const auto text = spool().read(found("id-1"), 100);
  CHECK(!text);
  LONGS_EQUAL(ELOOP, text.error().sys_errno);
  CHECK(spool().remove(found("id-1")).has_value());
  CHECK(exists("secret"));
}

// Nor make it wait.
TEST(SpoolView, DoesNotWaitForAPipe) {
  LONGS_EQUAL(0, ::mkfifo(directory.path("new/1.id-1.host").c_str(), 0600));
  const auto text = spool().read(found("id-1"), 100);
  CHECK(!text || text->empty());
}

TEST(SpoolView, ADirectoryIsNoMessageThatCouldBeReadOrRemoved) {
  std::filesystem::create_directory(directory.path("new/1.id-1.host"));
  CHECK(!spool().read(found("id-1"), 100));
  CHECK(!spool().remove(found("id-1")));
  CHECK(exists("new/1.id-1.host"));
}

// ---- Changing

TEST(SpoolView, ReleasesWhatWasTakenWithoutItsFlags) {
  directory.write("cur/1.id-1.host,S=4:2,FS", "text");
  CHECK(spool().release(found("id-1")).has_value());
  CHECK(!exists("cur/1.id-1.host,S=4:2,FS"));
  STRCMP_EQUAL("new/1.id-1.host,S=4\n", listed().c_str());
  STRCMP_EQUAL("text", spool().read(found("id-1"), 10)->c_str());
}

TEST(SpoolView, ReleasesNothingThatNobodyHas) {
  directory.write("new/1.id-1.host", "");
  const auto released = spool().release(found("id-1"));
  CHECK(!released);
  STRCMP_EQUAL("nobody has taken that message", released.error().message().c_str());
  CHECK(exists("new/1.id-1.host"));
}

TEST(SpoolView, SaysWhatCouldNotBeReleased) {
  directory.write("cur/1.id-1.host:2,", "");
  const SpooledMessage message = found("id-1");
  std::filesystem::remove(directory.path("cur/1.id-1.host:2,"));
  const auto released = spool().release(message);
  CHECK(!released);
  LONGS_EQUAL(ENOENT, released.error().sys_errno);
  STRCMP_CONTAINS("rename cur/1.id-1.host:2, to new/1.id-1.host",
                  released.error().message().c_str());
  STRCMP_EQUAL("", listed().c_str());
}

TEST(SpoolView, RemovesOneMessageAndNoOther) {
  directory.write("new/1.id-1.host", "");
  directory.write("new/2.id-2.host", "");
  directory.write("cur/3.id-3.host", "");
  CHECK(spool().remove(found("id-1")).has_value());
  CHECK(spool().remove(found("id-3")).has_value());
  STRCMP_EQUAL("new/2.id-2.host\n", listed().c_str());
}

// A rename of the spool changes nothing for who has it open.
TEST(SpoolView, WorksBelowTheDirectoryThatItHasOpened) {
  directory.write("sub/new/1.id-1.host", "");
  std::filesystem::create_directories(directory.path("sub/cur"));
  const auto other = SpoolView::open(directory.path("sub"));
  std::filesystem::rename(directory.path("sub"), directory.path("elsewhere"));
  CHECK(other->find("id-1").has_value());
  CHECK(other->remove(*other->find("id-1")).has_value());
  CHECK(!exists("elsewhere/new/1.id-1.host"));
}
