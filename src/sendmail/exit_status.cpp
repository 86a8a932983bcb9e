// SPDX-License-Identifier: ISC
//
// sendmail/exit_status.cpp - what replies and errors are to programs that know sysexits.h.

#include "sendmail/exit_status.h"

#include <sysexits.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace postern::sendmail {

namespace {

// The codes of RFC 3463 3, by what they begin with; the first row that fits counts.
struct Row {
  std::string_view enhanced_code;
  int of_sender;
  int of_others;
};
constexpr std::array rows{
    Row{"5.1.2", EX_DATAERR, EX_NOHOST},   // no such system
    Row{"5.1.", EX_DATAERR, EX_NOUSER},    // no such mailbox, or not in this form
    Row{"5.2.3", EX_DATAERR, EX_DATAERR},  // too large, as is 5.3.4
    Row{"5.3.4", EX_DATAERR, EX_DATAERR},
    Row{"5.6.", EX_DATAERR, EX_DATAERR},  // what the message holds
    Row{"5.7.", EX_NOPERM, EX_NOPERM},
};

}  // namespace

int exit_status_of(const ServerReply& reply, Stage stage) {
  if (reply.code < 500) return EX_TEMPFAIL;
  for (const Row& row : rows) {
    if (!reply.enhanced_code().starts_with(row.enhanced_code)) continue;
    return stage == Stage::sender ? row.of_sender : row.of_others;
  }
  constexpr int too_large = 552;  // RFC 5321 4.2.3, where there are no enhanced codes
  constexpr int no_mailbox = 550;
  if (!reply.enhanced_code().empty()) return EX_UNAVAILABLE;
  if (reply.code == too_large) return EX_DATAERR;
  return reply.code == no_mailbox && stage == Stage::recipient ? EX_NOUSER : EX_UNAVAILABLE;
}

int exit_status_of(const Error& error) {
  const bool is_forbidden = error.sys_errno == EACCES || error.sys_errno == EPERM;
  return is_forbidden ? EX_NOPERM : EX_TEMPFAIL;
}

}  // namespace postern::sendmail
