// SPDX-License-Identifier: ISC
//
// server/privileges.h - whom the processes run as.

#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace postern::server {

struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

// Whom workers and helpers run as: the user named, when we are root; else whoever we are, since
// nothing can be changed then.  Errors: no such user; or root itself, which must not serve.
Result<User> find_user(const std::string& name);

// Becomes that user for good, groups included, and gives up the way back.  Does nothing if the
// process is that user already.
Result<void> become(const User& user);

}  // namespace postern::server
