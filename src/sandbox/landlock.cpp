// SPDX-License-Identifier: ISC
//
// sandbox/landlock.cpp - which files a process can reach, by the kernel's Landlock.
//
// By system calls, since neither glibc nor Debian 12 has functions for them.  The numbers are the
// kernel's own and never change; the header in use may be older than the kernel, so that what
// later versions have brought stands here.

#include "sandbox/landlock.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.h"

namespace postern::sandbox {

static_assert(Landlock::write_file == LANDLOCK_ACCESS_FS_WRITE_FILE);
static_assert(Landlock::read_file == LANDLOCK_ACCESS_FS_READ_FILE);
static_assert(Landlock::list == LANDLOCK_ACCESS_FS_READ_DIR);
static_assert(Landlock::remove_file == LANDLOCK_ACCESS_FS_REMOVE_FILE);
static_assert(Landlock::create_file == LANDLOCK_ACCESS_FS_MAKE_REG);

namespace {

// struct landlock_ruleset_attr of version 6; an older kernel takes a longer one if what it does
// not know is zero.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};

// All that the version can deny: what is not named in a ruleset stays allowed.
Ruleset everything(int version, bool network) {
  // Bits in the order of their numbers: 13 of version 1, then one each of 2 (renaming between
  // directories), 3 (truncating) and 5 (ioctl on devices).
  const int rights = 13 + (version >= 2) + (version >= 3) + (version >= 5);
  Ruleset all{(std::uint64_t{1} << rights) - 1, 0, 0};
  if (network) version = std::min(version, 3);
  if (version >= 4) all.network = 1U << 0 | 1U << 1;  // TCP: bind, connect
  if (version >= 6) all.scopes = 1U << 0 | 1U << 1;   // abstract Unix-domain sockets, signals
  return all;
}

Result<UniqueFd> make_ruleset(int version, bool network) {
  const Ruleset all = everything(version, network);
  UniqueFd fd{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0))};
  if (!fd.is_open()) return fail_errno("landlock_create_ruleset", errno);
  return fd;
}

Result<void> add_rule(int ruleset, const Landlock::Rule& rule) {
  const landlock_path_beneath_attr beneath{rule.rights, rule.directory};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) {
    return fail_errno("landlock_add_rule", errno);
  }
  return {};
}

}  // namespace

int Landlock::version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

Result<void> Landlock::enforce(std::span<const Rule> rules, bool network) {
  const auto ruleset = make_ruleset(version(), network);
  if (!ruleset) return tl::unexpected(ruleset.error());
  for (const Rule& rule : rules) {
    if (const auto added = add_rule(ruleset->get(), rule); !added) return added;
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset->get(), 0) != 0) {
    return fail_errno("landlock_restrict_self", errno);
  }
  return {};
}

}  // namespace postern::sandbox
