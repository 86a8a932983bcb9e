// SPDX-License-Identifier: ISC
//
// t/unit/sandbox_sandbox_test.cpp - what a worker and a helper can still do, tried from inside.
//
// Each attempt is made by a child in the very sandbox that a worker or a helper enters; and, so
// that a refusal means something, by one with the sandbox off.  t/48-sandbox.t runs these tests
// both as root and as another user.

#include "sandbox/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/password_hash.h"
#include "base/file_ops.h"
#include "base/journal_file.h"
#include "base/log.h"
#include "base/write_all.h"
#include "conf_fixture.h"
#include "control/spool_view.h"
#include "sandbox/landlock.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::sandbox;
using conf::Sandbox::off;
using conf::Sandbox::on;
using postern::test::TemporaryDirectory;

namespace {

constexpr std::array roles{Role::worker, Role::helper, Role::controller, Role::flusher,
                           Role::recovery};

constexpr const char* message = "new/1.message.host,S=6";

const std::string works = "works";
const std::string killed = "killed by SIGSYS";

constexpr int could_not_enter = 255;

// A spool with one message, and a server to connect to.
class Place {
  TemporaryDirectory directory_;
  UniqueFd server_;

 public:
  Place() {
    for (const char* name : {"spool", "spool/tmp", "spool/new", "spool/cur", "spool/journal"}) {
      std::filesystem::create_directory(directory_.path(name));
      give_away(directory_.path(name));
    }
    give_away(directory_.write("spool/new/1.message.host,S=6", "secret"));
    server_ = UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(::bind(server_.get(), generic_address(), size) == 0);
    CHECK(::listen(server_.get(), 10) == 0);
    CHECK(::getsockname(server_.get(), generic_address(), &size) == 0);
  }

  sockaddr* generic_address() { return reinterpret_cast<sockaddr*>(&address); }

  sockaddr_in address{};
  const User user = *find_user("nobody");
  const std::string spool = directory_.path("spool");
  std::vector<int> datagram_sockets;

 private:
  void give_away(const std::string& path) const {
    if (::geteuid() == 0) CHECK(::chown(path.c_str(), user.uid, user.gid) == 0);
  }
};

// What a child does; returns 0, or the errno of what has failed.
using Attempt = std::function<int(FileOps& spool)>;

int error_of(long result) {
  return result < 0 ? errno : 0;
}

int error_of(const Result<void>& result) {
  return result ? 0 : result.error().sys_errno;
}

// In a process of its own, since there is no way back.  As a worker does it the child opens the
// spool first.
int status_of(const Place& place, Role role, conf::Sandbox setting,
              const std::function<int(const Sandbox::Walls&, FileOps&)>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    [[maybe_unused]] const auto quiet = log::open({}, log::Level::alert);
    const auto files = open_file_ops(place.spool);
    const UniqueFd spool{::open(place.spool.c_str(), O_PATH | O_CLOEXEC)};
    const auto walls = enter({role, setting, place.user, spool.get(), place.datagram_sockets});
    ::_exit(walls ? body(*walls, **files) : could_not_enter);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return status;
}

std::string outcome_of(const Place& place, Role role, conf::Sandbox setting,
                       const Attempt& attempt) {
  const int status =
      status_of(place, role, setting,
                [&attempt](const Sandbox::Walls&, FileOps& spool) { return attempt(spool); });
  if (WIFSIGNALED(status)) return cat("killed by SIG", ::sigabbrev_np(WTERMSIG(status)));
  if (WEXITSTATUS(status) == could_not_enter) return "could not enter";
  return WEXITSTATUS(status) == 0 ? works : ::strerrorname_np(WEXITSTATUS(status));
}

Sandbox::Walls walls_of(const Place& place, Role role, conf::Sandbox setting) {
  const int status = status_of(place, role, setting, [](const Sandbox::Walls& walls, FileOps&) {
    return walls.root + 2 * walls.files + 4 * walls.system_calls;
  });
  const int code = WEXITSTATUS(status);
  CHECK(WIFEXITED(status) && code != could_not_enter);
  return {(code & 1) != 0, (code & 2) != 0, (code & 4) != 0};
}

}  // namespace

TEST_GROUP(Sandbox) {
  Place place;

  void expect(Role role, conf::Sandbox setting, const std::string& outcome,
              const Attempt& attempt) {
    STRCMP_EQUAL(outcome.c_str(), outcome_of(place, role, setting, attempt).c_str());
  }

  // Of a system call; outside it works, or has the outcome said.
  void inside(const std::string& outcome, const Attempt& attempt,
              const std::string& outside = works) {
    for (const Role role : roles) {
      expect(role, off, outside, attempt);
      if (!is_instrumented()) expect(role, on, outcome, attempt);
    }
  }

  // Of a file; a kernel without Landlock can only hide those outside the root.
  void refused(Role role, const Attempt& attempt) {
    expect(role, off, works, attempt);
    if (!walls_of(place, role, on).files) return;
    const std::string outcome = outcome_of(place, role, on, attempt);
    CHECK_TEXT(outcome == "EACCES" || outcome == "ENOENT" || outcome == "ENOSYS", outcome.c_str());
  }
};

TEST(Sandbox, AllWallsStandThatCan) {
  for (const Role role : roles) {
    const Sandbox::Walls walls = walls_of(place, role, on);
    CHECK_EQUAL(!is_instrumented() && ::geteuid() == 0, walls.root);
    CHECK_EQUAL(!is_instrumented() && Landlock::version() >= Landlock::moves_files, walls.files);
    CHECK_EQUAL(!is_instrumented(), walls.system_calls);
  }
}

TEST(Sandbox, NoWallStandsWhenItIsOff) {
  const Sandbox::Walls walls = walls_of(place, Role::worker, off);
  CHECK(!walls.root && !walls.files && !walls.system_calls);
}

// ---- What a worker and a helper are for

TEST(Sandbox, WorkerBringsAMessageIntoTheSpool) {
  expect(Role::worker, on, works, [](FileOps& spool) {
    const auto file = spool.create("tmp/1");
    if (!file) return file.error().sys_errno;
    for (const auto& step :
         {spool.append(file->get(), "text"), spool.sync_file(file->get()), spool.sync_all(),
          spool.rename("tmp/1", "new/1"), spool.sync_directory("new"), spool.remove("new/1")}) {
      if (!step) return step.error().sys_errno;
    }
    const auto free = spool.free_space();
    return free ? 0 : free.error().sys_errno;
  });
}

TEST(Sandbox, ControllerLooksAtTheSpoolAndMovesMessages) {
  const auto view = control::SpoolView::open(place.spool);
  expect(Role::controller, on, works, [&view](FileOps&) {
    auto found = view->find("message");
    if (!found) return ENOENT;
    if (const auto text = view->read(*found, 100); !text || *text != "secret") return EIO;
    if (const auto status = view->status(0); !status || status->fresh != 1) return EINVAL;
    return error_of(view->remove(*found));
  });
}

TEST(Sandbox, ControllerCannotChangeMessages) {
  const UniqueFd spool{::open(place.spool.c_str(), O_PATH | O_CLOEXEC)};
  refused(Role::controller,
          [&spool](FileOps&) { return error_of(::openat(spool.get(), message, O_WRONLY)); });
  refused(Role::controller, [](FileOps& files) {
    const auto file = files.create("tmp/1");
    if (file) files.remove("tmp/1");
    return file ? 0 : file.error().sys_errno;
  });
}

TEST(Sandbox, HelperComputesHashes) {
  for (const char* setting : {"$6$rounds=1000$salt$", "$y$j9T$salt$", "$7$CU..../....salt$",
                              "$2b$04$abcdefghijklmnopqrstuu"}) {
    expect(Role::helper, on, works,
           [setting](FileOps&) { return auth::hash_password("password", setting) ? 0 : EINVAL; });
  }
}

TEST(Sandbox, FlusherWritesAndSyncsWhatItWasGiven) {
  const UniqueFd spool{::open(place.spool.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const std::string path = cat(place.spool, "/journal/0");
  const UniqueFd journal{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  expect(Role::flusher, on, works, [&](FileOps&) {
    const std::string_view octets = "x";
    const bool is_written = write_all(journal.get(), 4096, {&octets, 1}) == 0;
    return is_written && ::fdatasync(journal.get()) == 0 && ::syncfs(spool.get()) == 0 ? 0 : errno;
  });
}

TEST(Sandbox, RecoveryReadsJournalsAndMendsMessages) {
  const auto journal = open_journal_directory(cat(place.spool, "/journal"));
  expect(Role::recovery, on, works, [&journal](FileOps& spool) {
    if (const auto slot = spool.create("journal/0"); !slot) return slot.error().sys_errno;
    const auto file = (*journal)->open("0");
    if (!file) return file.error().sys_errno;
    const auto octets = (*file)->read(0, 4096);
    const auto there = spool.read(message);
    const auto mended = spool.open(message);
    const auto made = spool.create("tmp/1");
    if (!octets || !there || !mended || !made) return EIO;
    for (const auto& step :
         {spool.write_at(mended->get(), 0, *there), spool.append(made->get(), "text"),
          spool.rename("tmp/1", "new/1"), spool.list("cur").map([](const auto&) {}),
          spool.sync_all(), (*file)->sync(), (*journal)->rename("0", "0.damaged"),
          (*journal)->remove("0.damaged")}) {
      if (!step) return step.error().sys_errno;
    }
    return 0;
  });
}

// ---- Files

TEST(Sandbox, NoFileOutsideCanBeRead) {
  for (const Role role : roles) {
    refused(role, [](FileOps&) { return error_of(::open("/etc/passwd", O_RDONLY)); });
    refused(role, [](FileOps&) { return error_of(::open("/", O_RDONLY | O_DIRECTORY)); });
    refused(role, [](FileOps&) { return error_of(::open("/proc/self/maps", O_RDONLY)); });
  }
}

TEST(Sandbox, NoFileOutsideCanBeMade) {
  for (const Role role : roles) {
    refused(role, [](FileOps&) {
      const std::string path = cat("/var/tmp/postern-sandbox-", ::getpid());
      const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
      const int error = error_of(fd);
      ::unlink(path.c_str());
      return error;
    });
  }
}

TEST(Sandbox, WorkerCannotReadNorChangeWhatItHasAccepted) {
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR}) {
    const UniqueFd spool{::open(place.spool.c_str(), O_PATH | O_CLOEXEC)};
    refused(Role::worker,
            [&spool, flags](FileOps&) { return error_of(::openat(spool.get(), message, flags)); });
  }
}

TEST(Sandbox, WorkerMakesFilesInTmpOnly) {
  refused(Role::worker, [](FileOps& spool) {
    const auto file = spool.create("new/written");
    if (file) spool.remove("new/written");
    return file ? 0 : file.error().sys_errno;
  });
  refused(Role::worker, [](FileOps& spool) {
    const auto file = spool.create("outside");
    if (file) spool.remove("outside");
    return file ? 0 : file.error().sys_errno;
  });
}

TEST(Sandbox, HelperAndFlusherCannotReachTheSpool) {
  for (const Role role : {Role::helper, Role::flusher}) {
    refused(role, [](FileOps& spool) { return error_of(spool.sync_directory("new")); });
  }
}

// ---- System calls

TEST(Sandbox, NoProgramCanBeRun) {
  inside(killed, [](FileOps&) { return error_of(::execl("/bin/true", "true", nullptr)); });
}

TEST(Sandbox, NoProcessCanBeMade) {
  inside(killed, [](FileOps&) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    return error_of(child);
  });
}

TEST(Sandbox, NoSocketCanBeMade) {
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK}) {
    const auto attempt = [family](FileOps&) { return error_of(::socket(family, SOCK_DGRAM, 0)); };
    expect(Role::worker, off, works, attempt);
    if (is_instrumented()) continue;
    expect(Role::worker, on, killed, attempt);
    expect(Role::helper, on, killed, attempt);
    expect(Role::flusher, on, killed, attempt);
    expect(Role::recovery, on, killed, attempt);
    expect(Role::controller, on, "ENOSYS", attempt);
  }
  // syslog(3) tries this one when it is refused a line, and must not bring the worker down.
  inside("ENOSYS", [](FileOps&) { return error_of(::socket(AF_UNIX, SOCK_DGRAM, 0)); });
}

TEST(Sandbox, NoConnectionCanBeMade) {
  const UniqueFd before{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  for (const Role role : roles) {
    const auto attempt = [&](FileOps&) {
      return error_of(::connect(before.get(), place.generic_address(), sizeof place.address));
    };
    if (!is_instrumented()) expect(role, on, "ENOSYS", attempt);
  }
  expect(Role::worker, off, works, [&](FileOps&) {
    return error_of(::connect(before.get(), place.generic_address(), sizeof place.address));
  });
}

TEST(Sandbox, DatagramsGoToAnAddressOnNoSocketButThose) {
  const auto send = [](int fd) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(9);
    return error_of(
        ::sendto(fd, "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  };
  const UniqueFd allowed{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const UniqueFd other{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto on_allowed = [&](FileOps&) { return send(allowed.get()); };
  const auto on_other = [&](FileOps&) { return send(other.get()); };
  inside("ENOSYS", on_allowed);
  place.datagram_sockets = {allowed.get()};
  inside("ENOSYS", on_other);
  expect(Role::worker, on, works, on_allowed);
}

TEST(Sandbox, NoOtherProcessCanBeTouched) {
  inside(killed, [](FileOps&) { return error_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); });
  inside(killed, [](FileOps&) { return error_of(::kill(::getpid(), 0)); });
}

TEST(Sandbox, NoFileSystemCanBeMounted) {
  inside(
      killed, [](FileOps&) { return error_of(::mount("none", "/tmp", "tmpfs", 0, nullptr)); },
      "EPERM");
}

TEST(Sandbox, NoRightCanBeTakenBack) {
  inside(
      killed, [](FileOps&) { return error_of(::setuid(0)); }, "EPERM");
  inside(
      killed, [](FileOps&) { return error_of(::chroot("/")); }, "EPERM");
}

TEST(Sandbox, NoMemoryBecomesCode) {
  inside("ENOSYS", [](FileOps&) {
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : 0;
  });
  inside("ENOSYS", [](FileOps&) {
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return error_of(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
  });
}
