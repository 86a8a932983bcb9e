// SPDX-License-Identifier: ISC
//
// sandbox/sandbox.cpp - what a process may still do once it deals with what strangers send.

#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "sandbox/capabilities.h"
#include "sandbox/landlock.h"

// Of gcc and clang; there only in programs that were built with them.
extern "C" {
[[gnu::weak]] void __asan_init();
[[gnu::weak]] void __gcov_init(void*);
}

namespace postern::sandbox {

namespace {

constexpr Capabilities none{};

// Of root's; without any one of them something of what stands behind it fails.
constexpr Capabilities of_supervisor{
    CAP_SETUID,            // children become the user; it acts as the user in the spool
    CAP_SETGID,            //
    CAP_SETPCAP,           // children lose the bounding set
    CAP_SYS_CHROOT,        // children change their root directory
    CAP_KILL,              // of a worker that does not end
    CAP_CHOWN,             // a new spool belongs to the user
    CAP_DAC_OVERRIDE,      // keys, users, spool and log may belong to others, and be theirs alone
    CAP_DAC_READ_SEARCH,   // all that it takes of the one before when it runs as the user
    CAP_NET_BIND_SERVICE,  // ports below 1024
};

// localtime_r(3) looks the zone up once, strftime(3) again and again; and without the file, which
// no process finds behind its new root, it would go on in UTC.  With the variable it does not look.
void hold_time_zone() {
  ::setenv("TZ", ":/etc/localtime", 0);
  ::tzset();
}

// What stands, and why not more.
struct Progress {
  bool was_root = ::geteuid() == 0;
  Sandbox::Walls walls;
  std::vector<std::string> lacks;

  void note(std::string_view wall, bool& stands, const Result<void>& built) {
    stands = built.has_value();
    if (!stands) lacks.push_back(cat(wall, " (", built.error().message(), ")"));
  }
};

// One that is empty and stays so, since it has been removed.
Result<UniqueFd> open_empty_directory() {
  for (const char* place : {"/run", "/tmp", "/dev/shm"}) {
    std::string path = cat(place, "/postern-XXXXXX");
    if (::mkdtemp(path.data()) == nullptr) continue;
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (::rmdir(path.c_str()) == 0 && fd.is_open()) return fd;
  }
  return fail_errno("make an empty directory in /run, /tmp or /dev/shm", errno);
}

// The directory that is to become "/".
Result<UniqueFd> open_root(const Sandbox& sandbox) {
  if (!Capabilities::of_process().has(CAP_SYS_CHROOT)) {
    return fail(Errc::permanent, "takes CAP_SYS_CHROOT");
  }
  if (sandbox.role == Role::helper || sandbox.role == Role::flusher) return open_empty_directory();
  UniqueFd fd{::fcntl(sandbox.spool, F_DUPFD_CLOEXEC, 0)};
  if (!fd.is_open()) return fail_errno("copy the descriptor of the spool", errno);
  return fd;
}

// Without its own root a process is still another user's, and Landlock stands around it.
Result<void> become_elsewhere(const Sandbox& sandbox, Progress& progress) {
  // The gateway has to reach the sockets of servers.
  if (sandbox.role == Role::gateway) return become(sandbox.user);
  const auto root = open_root(sandbox);
  progress.note("chroot", progress.walls.root, root.map([](const UniqueFd&) {}));
  return root ? become(sandbox.user, root->get()) : become(sandbox.user);
}

// What a role reaches in the spool: all of it, besides what is open.  A worker makes the files of
// messages in tmp/ and writes them there; in new/ it can put them and take them back, but neither
// read nor change what it has accepted.  Its file of the journal it has open, for writing only.
// Recovery may find that what is there is not whole.
struct Reach {
  Role role;
  const char* directory;
  std::uint64_t rights;
};

constexpr auto move_files = Landlock::create_file | Landlock::remove_file | Landlock::move_file;
constexpr auto see_files = Landlock::list | Landlock::read_file;

constexpr std::array reaches{
    Reach{Role::worker, "tmp", move_files | Landlock::write_file},
    Reach{Role::worker, "new", move_files | Landlock::list},
    Reach{Role::controller, "new", move_files | see_files},
    Reach{Role::controller, "cur", move_files | see_files},
    Reach{Role::recovery, "journal", move_files | see_files | Landlock::write_file},
    Reach{Role::recovery, "tmp", move_files | see_files | Landlock::write_file},
    Reach{Role::recovery, "new", move_files | see_files | Landlock::write_file},
    Reach{Role::recovery, "cur", move_files | see_files | Landlock::write_file},
};

Result<void> confine_files(const Sandbox& sandbox) {
  if (Landlock::version() == 0) return fail(Errc::permanent, "not in this kernel");
  std::vector<UniqueFd> directories;
  std::vector<Landlock::Rule> rules;
  for (const Reach& reach : reaches) {
    if (reach.role != sandbox.role) continue;
    directories.emplace_back(
        ::openat(sandbox.spool, reach.directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directories.back().is_open()) return fail_errno(cat("open ", reach.directory), errno);
    rules.push_back({directories.back().get(), reach.rights});
  }
  if (!rules.empty() && Landlock::version() < Landlock::moves_files) {
    return fail(Errc::permanent, "too old to move files");
  }
  return Landlock::enforce(rules, sandbox.role == Role::gateway);
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::worker: return "worker";
    case Role::helper: return "helper";
    case Role::controller: return "controller";
    case Role::gateway: return "gateway";
    case Role::flusher: return "flusher";
    case Role::recovery: return "recovery";
  }
  return "";
}

std::string list_of(const Sandbox::Walls& walls) {
  std::string list;
  if (walls.root) list += "chroot ";
  if (walls.files) list += "landlock ";
  if (walls.system_calls) list += "seccomp ";
  return std::string(trim(list));
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += cat(all.empty() ? "" : ", ", part);
  return all;
}

// What all must do without if the supervisor is not root, a worker says; once is enough.
void report(const Sandbox& sandbox, const Progress& progress) {
  const std::string_view role = name_of(sandbox.role);
  log::write(log::Level::debug, "sandbox", {{"role", role}, {"in_force", list_of(progress.walls)}});
  if (progress.lacks.empty()) return;
  if (sandbox.role != Role::worker && !progress.was_root) return;
  log::write(log::Level::warning, "sandbox_partial",
             {{"role", role}, {"lacks", joined(progress.lacks)}});
}

}  // namespace

// The address sanitizer looks at /proc and, for leaks, into the process itself; a build for
// coverage writes files at the end.
bool is_instrumented() {
  return &__asan_init != nullptr || &__gcov_init != nullptr;
}

Result<Sandbox::Walls> enter(const Sandbox& sandbox) {
  forbid_core_dumps();
  Progress progress;
  if (sandbox.setting == conf::Sandbox::off) {
    return become(sandbox.user).map([&] { return progress.walls; });
  }
  hold_time_zone();
  if (::chdir("/") != 0) return fail_errno("chdir /", errno);
  if (auto limited = limit_bounding_set(none); !limited) return tl::unexpected(limited.error());
  const auto became =
      is_instrumented() ? become(sandbox.user) : become_elsewhere(sandbox, progress);
  if (!became) return tl::unexpected(became.error());
  if (auto limited = limit_capabilities(none); !limited) return tl::unexpected(limited.error());
  if (is_instrumented()) {
    progress.lacks.emplace_back("chroot, landlock and seccomp (instrumented)");
  } else {
    hide_memory();
    progress.note("landlock", progress.walls.files, confine_files(sandbox));
    progress.note("seccomp", progress.walls.system_calls,
                  load_syscall_filter(sandbox.role, sandbox.datagram_sockets));
  }
  report(sandbox, progress);
  return progress.walls;
}

Result<void> limit_supervisor() {
  if (auto limited = limit_bounding_set(of_supervisor); !limited) return limited;
  return limit_capabilities(of_supervisor);
}

void forbid_core_dumps() {
  const rlimit nothing{0, 0};
  ::setrlimit(RLIMIT_CORE, &nothing);
}

void hide_memory() {
  if (!is_instrumented()) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace postern::sandbox
