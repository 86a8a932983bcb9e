// SPDX-License-Identifier: ISC
//
// sandbox/privileges.cpp - whom the processes run as.

#include "sandbox/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/text.h"

namespace postern::sandbox {

Result<User> find_user(const std::string& name) {
  if (::geteuid() != 0) return User{"", ::geteuid(), ::getegid()};
  errno = 0;
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) {
    return fail(Errc::permanent,
                cat("user \"", printable(name), "\" does not exist; create it (useradd --system ",
                    "--no-create-home ", printable(name), ") or change the setting \"user\""));
  }
  if (entry->pw_uid == 0) {
    return fail(Errc::permanent, "user must not be root: set \"user\" to an account of its own");
  }
  return User{name, entry->pw_uid, entry->pw_gid};
}

Result<uid_t> find_owner(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry != nullptr) return entry->pw_uid;
  return fail(Errc::permanent, cat("user \"", printable(name), "\" does not exist"));
}

Result<gid_t> find_group(const std::string& name) {
  const group* entry = ::getgrnam(name.c_str());
  if (entry != nullptr) return entry->gr_gid;
  return fail(Errc::permanent, cat("group \"", printable(name), "\" does not exist"));
}

Result<void> become(const User& user, std::optional<int> root) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const bool is_other = ::geteuid() != user.uid;
  if (is_other && (::initgroups(user.name.c_str(), user.gid) != 0 ||
                   ::setresgid(user.gid, user.gid, user.gid) != 0)) {
    return fail_errno(cat("take the groups of user ", user.name), errno);
  }
  if (root && (::fchdir(*root) != 0 || ::chroot(".") != 0)) {
    return fail_errno("change the root directory", errno);
  }
  if (is_other && ::setresuid(user.uid, user.uid, user.uid) != 0) {
    return fail_errno(cat("become user ", user.name), errno);
  }
  return {};
}

Result<ActingAs> ActingAs::begin(const User& user) {
  if (::geteuid() != 0) return ActingAs{std::nullopt};
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  if (count < 0 || ::getgroups(count, groups.data()) < 0) return fail_errno("getgroups", errno);
  ActingAs acting{std::move(groups)};  // from here on it undoes what has been done
  if (::initgroups(user.name.c_str(), user.gid) != 0 || ::setegid(user.gid) != 0 ||
      ::seteuid(user.uid) != 0) {
    return fail_errno(cat("act as user ", user.name), errno);
  }
  return acting;
}

// A root process that cannot become root again must not go on: nothing it does would be right.
ActingAs::~ActingAs() {
  if (!groups_) return;
  if (::seteuid(0) != 0 || ::setegid(0) != 0 ||
      ::setgroups(groups_->size(), groups_->data()) != 0) {
    std::abort();
  }
}

}  // namespace postern::sandbox
