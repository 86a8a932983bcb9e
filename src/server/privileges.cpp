// SPDX-License-Identifier: ISC
//
// server/privileges.cpp - whom the processes run as.

#include "server/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace postern::server {

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

Result<void> become(const User& user) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::geteuid() == user.uid) return {};
  if (::initgroups(user.name.c_str(), user.gid) != 0 ||
      ::setresgid(user.gid, user.gid, user.gid) != 0 ||
      ::setresuid(user.uid, user.uid, user.uid) != 0) {
    return fail_errno(cat("become user ", user.name), errno);
  }
  return {};
}

}  // namespace postern::server
