// SPDX-License-Identifier: ISC
//
// t/unit/base_log_test.cpp - where the lines of the log go.

#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "captured_log.h"
#include "conf_fixture.h"
#include "datagram_server.h"

#include <CppUTest/TestHarness.h>

using namespace postern::log;
using postern::test::CapturedLog;
using postern::test::DatagramServer;
using postern::test::TemporaryDirectory;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a child process that does this ends with.
template <typename Work>
int end_of_child(Work work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

}  // namespace

TEST_GROUP(BaseLog) {
  TemporaryDirectory directory;

  void teardown() override {
    CHECK(open(Target{}, Level::info).has_value());  // as it is before any open
  }
};

TEST(BaseLog, GoesToStandardErrorFromInfoUpAtFirst) {
  CHECK(is_logged(Level::info));
  CHECK(!is_logged(Level::debug));
  const CapturedLog log;
  write(Level::info, "event", {{"key", "value"}});
  write(Level::debug, "unseen", {});
  STRCMP_CONTAINS("posternd[", log.text().c_str());
  CHECK(log.text().ends_with("] info event key=value\n"));
  CHECK(log.text().find("unseen") == std::string::npos);
}

// "2026-11-23T21:37:00.123+00:00 posternd[77] info event".
TEST(BaseLog, ALineBeginsWithTheTime) {
  const CapturedLog log;
  write(Level::alert, "event", {});
  std::string shape = log.text().substr(0, 29);
  for (char& c : shape) c = c >= '0' && c <= '9' ? '0' : c == '-' ? '+' : c;
  STRCMP_EQUAL("0000+00+00T00:00:00.000+00:00", shape.c_str());
  STRCMP_CONTAINS("] alert event\n", log.text().c_str());
}

TEST(BaseLog, TheThresholdDecides) {
  const CapturedLog log;
  CHECK(open(Target{}, Level::warning).has_value());
  for (const Level level :
       {Level::debug, Level::info, Level::warning, Level::error, Level::alert}) {
    write(level, "event", {});
  }
  const std::string text = log.text();
  CHECK(text.find("debug") == std::string::npos);
  CHECK(text.find("info") == std::string::npos);
  STRCMP_CONTAINS("] warning event\n", text.c_str());
  STRCMP_CONTAINS("] error event\n", text.c_str());
  STRCMP_CONTAINS("] alert event\n", text.c_str());
}

TEST(BaseLog, AFileIsAppendedTo) {
  const std::string path = directory.write("log", "what was there\n");
  CHECK(open({Target::Kind::file, path}, Level::debug).has_value());
  write(Level::debug, "first", {});
  write(Level::info, "second", {});
  const std::string text = content_of(path);
  CHECK(text.starts_with("what was there\n"));
  STRCMP_CONTAINS("] debug first\n", text.c_str());
  CHECK(text.ends_with("] info second\n"));
}

TEST(BaseLog, AFileIsMadeAndNotForOthersToRead) {
  const std::string path = directory.path("new.log");
  CHECK(open({Target::Kind::file, path}, Level::info).has_value());
  struct stat status {};
  LONGS_EQUAL(0, ::stat(path.c_str(), &status));
  LONGS_EQUAL(0, status.st_mode & 07);
}

TEST(BaseLog, IfTheFileCannotBeOpenedTheOldTargetStays) {
  const CapturedLog log;
  const std::string path = directory.path("no/such/directory/log");
  const auto opened = open({Target::Kind::file, path}, Level::alert);
  CHECK(!opened);
  STRCMP_EQUAL(postern::cat("open log file ", path, ": No such file or directory").c_str(),
               opened.error().message().c_str());
  write(Level::info, "still here", {});
  STRCMP_CONTAINS("] info still here\n", log.text().c_str());
}

TEST(BaseLog, ADaemonThatIsNotThereIsNoError) {
  const CapturedLog log;
  CHECK(open({Target::Kind::syslog, directory.path("nobody")}, Level::info).has_value());
  write(Level::info, "unheard", {});
  CHECK(!flush());
  CHECK(!reconnect());
  STRCMP_EQUAL("", log.text().c_str());
}

TEST(BaseLog, GoesToTheSyslogSocketThatIsNamed) {
  const DatagramServer server(directory.path("log"));
  CHECK(open({Target::Kind::syslog, directory.path("log")}, Level::info).has_value());
  write(Level::warning, "event", {{"key", "value"}});
  const std::string line = server.receive();
  CHECK(line.starts_with("<20>"));
  CHECK(line.ends_with("]: event key=value"));
}

TEST(BaseLog, GoesToTheJournalWithFields) {
  const DatagramServer server(directory.path("journal"));
  CHECK(open({Target::Kind::journal, directory.path("journal")}, Level::info).has_value());
  write(Level::info, "event", {{"key", "value"}});
  const std::string datagram = server.receive();
  STRCMP_CONTAINS("MESSAGE=event key=value\n", datagram.c_str());
  STRCMP_CONTAINS("POSTERN_EVENT=event\nPOSTERN_KEY=value\n", datagram.c_str());
}

TEST(BaseLog, EachLineOfARecordIsALineOfItsOwn) {
  const Face two{[](const Record& record) -> std::vector<Line> {
                   return {{"one", std::string(record.event)}, {"two", "more"}};
                 },
                 [](const Record&, std::string_view ident) { return std::string(ident) + ": "; }};
  const CapturedLog log;
  CHECK(open(Target{}, Level::info, two).has_value());
  write(Level::info, "event", {});
  STRCMP_EQUAL("one: event\ntwo: more\n", log.text().c_str());
}

TEST(BaseLog, WhatAFullDiskHasSwallowedIsCounted) {
  if (::access("/dev/full", W_OK) != 0) return;
  CHECK(open({Target::Kind::file, "/dev/full"}, Level::info).has_value());
  write(Level::info, "first", {});
  write(Level::info, "second", {});
  const CapturedLog log;
  CHECK(open(Target{}, Level::info).has_value());
  write(Level::info, "third", {});
  const std::string text = log.text();
  STRCMP_CONTAINS("] info third\n", text.c_str());
  CHECK(text.ends_with("] warning log_gap lines=2\n"));
}

TEST(BaseLog, SaysOnceThatTheDaemonIsGoneForGood) {
  int calls = 0;
  on_lost([&calls] { ++calls; });
  CHECK(open({Target::Kind::syslog, directory.path("nobody")}, Level::info).has_value());
  write(Level::info, "kept", {});
  LONGS_EQUAL(0, calls);  // it may be starting
  ::usleep(1'050'000);
  write(Level::info, "kept", {});
  LONGS_EQUAL(1, calls);
  ::usleep(1'050'000);
  flush();
  LONGS_EQUAL(1, calls);
  on_lost(nullptr);
}

// In a process of its own each time, since there is no way back.
TEST(BaseLog, GatheredLinesAreWrittenByFlush) {
  const CapturedLog log;
  LONGS_EQUAL(0, end_of_child([&log] {
                gather();
                write(Level::info, "first", {});
                write(Level::alert, "second", {});
                if (!log.text().empty()) ::_exit(1);
                flush();
                if (!log.text().ends_with("] alert second\n")) ::_exit(2);
              }));
  STRCMP_CONTAINS("] info first\n", log.text().c_str());
}

TEST(BaseLog, GatheredLinesAreWrittenBeforeAnotherLog) {
  const CapturedLog log;
  LONGS_EQUAL(0, end_of_child([this] {
                gather();
                write(Level::info, "old", {});
                if (!open({Target::Kind::file, directory.path("log")}, Level::info)) ::_exit(1);
                write(Level::info, "new", {});
                flush();
              }));
  CHECK(log.text().ends_with("] info old\n"));
  CHECK(content_of(directory.path("log")).ends_with("] info new\n"));
}

TEST(BaseLog, AProcessThatBreaksLosesNoLine) {
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    const CapturedLog log;
    const int status = end_of_child([number] {
      for (const int fatal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        std::signal(fatal, SIG_DFL);  // whatever sanitizers do about it
      }
      gather();
      write(Level::info, "last", {});
      number == SIGABRT ? std::abort() : static_cast<void>(::raise(number));
    });
    CHECK(WIFSIGNALED(status));
    LONGS_EQUAL(number, WTERMSIG(status));
    CHECK(log.text().ends_with("] info last\n"));
  }
}

// It would be in the log twice.
TEST(BaseLog, AChildDoesNotWriteWhatItsParentHasGathered) {
  const CapturedLog log;
  LONGS_EQUAL(0, end_of_child([] {
                gather();
                write(Level::info, "parent", {});
                end_of_child([] {
                  flush();
                  write(Level::info, "child", {});
                  std::abort();
                });
                flush();
              }));
  const std::string text = log.text();
  CHECK(text.find("child") < text.find("parent"));
  CHECK(text.find("parent") == text.rfind("parent"));
}

TEST(BaseLog, WhatAFullDiskHasSwallowedOfGatheredLinesIsCounted) {
  if (::access("/dev/full", W_OK) != 0) return;
  const CapturedLog log;
  LONGS_EQUAL(
      0, end_of_child([] {
        gather();
        const bool opened = open({Target::Kind::file, "/dev/full"}, Level::info).has_value();
        write(Level::info, "first", {});
        write(Level::info, "second", {});
        flush();
        write(Level::info, "third", {});
        if (!opened || !open(Target{}, Level::info)) ::_exit(1);
        write(Level::info, "fourth", {});
        flush();
      }));
  const std::string text = log.text();
  CHECK(text.find("third") == std::string::npos);
  STRCMP_CONTAINS("] info fourth\n", text.c_str());
  CHECK(text.ends_with("] warning log_gap lines=3\n"));
}
