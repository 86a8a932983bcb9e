// SPDX-License-Identifier: ISC
//
// sandbox/privileges.h - whom the processes run as.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace postern::sandbox {

struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

// Whom workers and helpers run as: the user named, when we are root; else whoever we are, since
// nothing can be changed then.  Errors: no such user; or root itself, which must not serve.
Result<User> find_user(const std::string& name);

// Errors: no such user.
Result<uid_t> find_owner(const std::string& name);

// Errors: no such group.
Result<gid_t> find_group(const std::string& name);

// Becomes that user for good, groups included, and gives up the way back; if the process is that
// user already it only gives up new privileges.  If there is a root, a directory's descriptor, it
// becomes "/" on the way: after the last look into /etc, and before the right to do it is gone.
Result<void> become(const User& user, std::optional<int> root = std::nullopt);

// For as long as it lives the process acts as that user, and then as root again.  For work in
// directories that the user could have filled with symbolic links.  Does nothing unless we are
// root.
class ActingAs {
 public:
  static Result<ActingAs> begin(const User& user);

  ActingAs(ActingAs&& other) noexcept : groups_(std::exchange(other.groups_, std::nullopt)) {}
  ActingAs& operator=(ActingAs&&) = delete;
  ~ActingAs();

 private:
  explicit ActingAs(std::optional<std::vector<gid_t>> groups) : groups_(std::move(groups)) {}

  std::optional<std::vector<gid_t>> groups_;  // to go back to; nothing: nowhere to go back
};

}  // namespace postern::sandbox
