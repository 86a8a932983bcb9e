// SPDX-License-Identifier: ISC
//
// t/unit/base_write_all_test.cpp - a write at an offset that leaves nothing out.

#include "base/write_all.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/text_file.h"
#include "base/unique_fd.h"
#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::test::TemporaryDirectory;

namespace {

// Files of this process end there: what goes beyond is written in part, and then not at all.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t octets) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit less{octets, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
    std::signal(SIGXFSZ, SIG_IGN);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

}  // namespace

TEST_GROUP(BaseWriteAll) {
  TemporaryDirectory root;
  UniqueFd fd{::open(root.path("file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};

  std::string content() const {
    return *read_text_file(root.path("file"), 1000);
  }
};

TEST(BaseWriteAll, WritesThePiecesOneBehindTheOther) {
  const std::array<std::string_view, 4> pieces{"", "one", "", "two"};
  LONGS_EQUAL(0, write_all(fd.get(), 2, pieces));
  CHECK(content() == (std::string{"\0\0onetwo", 8}));
  LONGS_EQUAL(0, write_all(fd.get(), 2, {}));
}

TEST(BaseWriteAll, GoesOnWhereTheSystemHasStopped) {
  const std::array<std::string_view, 2> pieces{"one", "two"};
  {
    const SizeLimit limit{4};
    LONGS_EQUAL(EFBIG, write_all(fd.get(), 0, pieces));
  }
  STRCMP_EQUAL("onet", content().c_str());
}

TEST(BaseWriteAll, TellsWhyItFails) {
  const std::string_view piece = "x";
  LONGS_EQUAL(EBADF, write_all(-1, 0, {&piece, 1}));
}
