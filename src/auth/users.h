// SPDX-License-Identifier: ISC
//
// auth/users.h - the file of names and password hashes.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace postern::auth {

// name -> crypt(5) hash.  The file is described in postern-users(5): one "name:hash" a line,
// what stands behind a second colon is ignored (so /etc/shadow's shape works), "#" starts a
// comment line, empty lines are skipped.
class Users {
 public:
  using Parsed = tl::expected<Users, std::vector<Error>>;

  // Every fault of the file, each "line N: what is wrong" with no secrets in it: no colon; an
  // empty, malformed or repeated name; no hash, a hash that this system's crypt(3) does not
  // know or that is not whole, a plain-text password.  A locked hash ("!..." or "*...") is no
  // fault: that user cannot log in.  Takes as long as one hash, which becomes the decoy.
  static Parsed parse(std::string_view text);

  // The same for a file; faults then begin "path:N: ".  If the file cannot be read, one fault.
  static Parsed load(const std::string& path);

  // The hash of name, or nullptr if there is no such user or the user is locked.  Names are
  // compared octet for octet.
  const std::string* find(std::string_view name) const;

  Users() = default;
  Users(Users&&) = default;
  Users& operator=(Users&& other) noexcept;
  ~Users() { forget(); }

  // Overwrites and forgets all hashes: for a process that has inherited them and needs none.
  void forget();

  // True if nobody can log in.
  bool empty() const { return hashes_.empty(); }

  // A hash nobody has the password of, of the kind and cost that most users have, for spending
  // the same time on names that do not exist.
  const std::string& decoy() const { return decoy_; }

 private:
  // place goes before the line number of a fault.
  static Parsed parse_at(std::string_view place, std::string_view text);

  std::map<std::string, std::string, std::less<>> hashes_;  // of users who are not locked
  std::string decoy_;
};

}  // namespace postern::auth
