// SPDX-License-Identifier: ISC
//
// base/result.cpp - error texts and the classes of system errors.

#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace postern {

namespace {

Errc classify(int sys_errno) {
  switch (sys_errno) {
    case EAGAIN:
    case EDQUOT:
    case EINTR:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC: return Errc::temporary;
    default: return Errc::permanent;
  }
}

}  // namespace

std::string Error::message() const {
  if (sys_errno == 0) return what;
  return what + ": " + std::generic_category().message(sys_errno);
}

bool Error::is_no_room() const {
  return sys_errno == ENOSPC || sys_errno == EDQUOT;
}

tl::unexpected<Error> fail_errno(std::string what, int sys_errno) {
  return tl::unexpected(Error{classify(sys_errno), std::move(what), sys_errno});
}

}  // namespace postern
