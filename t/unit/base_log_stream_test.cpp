// SPDX-License-Identifier: ISC
//
// t/unit/base_log_stream_test.cpp - lines of the log that go to a file or to standard error.

#include "base/log_stream.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include "base/unique_fd.h"
#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using postern::UniqueFd;
using postern::log::LogStream;
using postern::test::TemporaryDirectory;

TEST_GROUP(LogStream) {
  TemporaryDirectory directory;
  std::string path = directory.path("log");
  UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  UniqueFd ours;
  UniqueFd theirs;
  LogStream stream{file.get()};

  // Keeps each write apart from the next, and takes no more of it than there is room.
  void use_packets() {
    int fds[2];
    CHECK(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    ours = UniqueFd{fds[0]};
    theirs = UniqueFd{fds[1]};
    LONGS_EQUAL(0, stream.change(ours.get()));
  }

  std::string packet() {
    std::array<char, 70'000> octets;
    const ssize_t size = ::read(theirs.get(), octets.data(), octets.size());
    return size < 0 ? "" : std::string(octets.data(), static_cast<std::size_t>(size));
  }

  std::string content() {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST(LogStream, WritesEachLineAtOnce) {
  LONGS_EQUAL(0, stream.write("one"));
  STRCMP_EQUAL("one\n", content().c_str());
  LONGS_EQUAL(0, stream.write("two"));
  STRCMP_EQUAL("one\ntwo\n", content().c_str());
}

TEST(LogStream, WritesWhatIsGatheredTogether) {
  use_packets();
  stream.gather();
  stream.write("one");
  stream.write("two");
  STRCMP_EQUAL("", packet().c_str());
  LONGS_EQUAL(0, stream.flush());
  STRCMP_EQUAL("one\ntwo\n", packet().c_str());
  LONGS_EQUAL(0, stream.flush());
  STRCMP_EQUAL("", packet().c_str());
}

// What is no file may be a pipe, where only so much stays together; and a line that is longer than
// that alone goes the way that it always went.
TEST(LogStream, ToAPipeGoesNoMoreThanStaysTogether) {
  use_packets();
  stream.gather();
  const std::string line(100, 'x');
  for (int i = 0; i < 100; ++i) stream.write(line);
  stream.write(std::string(5000, 'y'));
  stream.flush();
  std::string all;
  for (std::string some = packet(); !some.empty(); some = packet()) {
    CHECK(some.ends_with("\n"));
    CHECK(some.size() <= PIPE_BUF || some == std::string(5000, 'y') + "\n");
    all += some;
  }
  LONGS_EQUAL(100 * 101 + 5001, all.size());
  CHECK(all.ends_with("x\n" + std::string(5000, 'y') + "\n"));
}

TEST(LogStream, ToAFileMoreGoesTogetherAndNothingIsLost) {
  stream.gather();
  std::string all;
  for (int i = 0; i < 2000; ++i) {
    const std::string line = std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x');
    LONGS_EQUAL(0, stream.write(line));
    all += line + "\n";
  }
  LONGS_EQUAL(0, stream.flush());
  CHECK(content() == all);
}

TEST(LogStream, CountsTheLinesThatAreGivenUp) {
  const UniqueFd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  if (!full.is_open()) return;
  LONGS_EQUAL(0, stream.change(full.get()));
  LONGS_EQUAL(1, stream.write("one"));
  stream.gather();
  LONGS_EQUAL(0, stream.write("two"));
  LONGS_EQUAL(0, stream.write("three"));
  LONGS_EQUAL(2, stream.flush());
  LONGS_EQUAL(0, stream.flush());
  stream.write("four");
  LONGS_EQUAL(1, stream.change(file.get()));
  STRCMP_EQUAL("", content().c_str());
}

// A pipe that takes a part, as a disk does that becomes full.
TEST(LogStream, ALineThatWasCutIsEndedBeforeTheNext) {
  int fds[2];
  CHECK(::pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
  const UniqueFd reading{fds[0]};
  const UniqueFd writing{fds[1]};
  const int size = ::fcntl(writing.get(), F_SETPIPE_SZ, 4096);
  stream.change(writing.get());
  LONGS_EQUAL(1, stream.write(std::string(static_cast<std::size_t>(size) + 100, 'x')));
  std::string seen(static_cast<std::size_t>(size), ' ');
  LONGS_EQUAL(size, ::read(reading.get(), seen.data(), seen.size()));
  LONGS_EQUAL(0, stream.write("next"));
  std::array<char, 20> rest{};
  LONGS_EQUAL(6, ::read(reading.get(), rest.data(), rest.size()));
  STRCMP_EQUAL("\nnext\n", rest.data());
}

TEST(LogStream, ForgetsWhatItsParentWillWrite) {
  stream.gather();
  stream.write("one");
  stream.forget();
  LONGS_EQUAL(0, stream.flush());
  STRCMP_EQUAL("", content().c_str());
  stream.write("two");
  STRCMP_EQUAL("two\n", content().c_str());
}

TEST(LogStream, RescuesWhatIsGathered) {
  stream.rescue();
  stream.gather();
  stream.write("one");
  stream.rescue();
  STRCMP_EQUAL("one\n", content().c_str());
}
