// SPDX-License-Identifier: ISC
//
// base/result.h - what a function returns when it may fail.

#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace postern {

enum class Errc {
  syntax,     // the peer or the file broke a grammar; retrying cannot help
  limit,      // a configured limit was reached
  temporary,  // may succeed later: disk full, EMFILE, a peer that is away
  permanent,  // will not succeed without an operator
};

// What went wrong, in words an operator can act on.  The text is lower case, has no full
// stop and names the object ("rename tmp/17f3 to new/17f3").
struct Error {
  Errc code;
  std::string what;
  int sys_errno = 0;

  // what, and the system's words for sys_errno if there is one.
  std::string message() const;

  // A disk, or a quota on it, is full.
  bool is_no_room() const;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, std::string what) {
  return tl::unexpected(Error{code, std::move(what), 0});
}

// For a failed system call.  Classifies sys_errno: what time or a freed resource can mend is
// temporary, everything else needs an operator.
tl::unexpected<Error> fail_errno(std::string what, int sys_errno);

}  // namespace postern
