// SPDX-License-Identifier: ISC
//
// mail/postfix_face.h - the log in the words of Postfix, for the tools that read those.

#pragma once

#include "base/log_face.h"

namespace postern::mail {

// The face of `log.format = "postfix"`: lines that fail2ban's filter for Postfix and pflogsumm
// understand, from postern/smtpd, postern/qmgr (a message and its end) and postern/spool (its
// recipients).  A message has its id with "_" for "-", since these tools take a word for it.  An
// event for which Postfix has no words is written as key=value, with "warning: " before it from
// that level up.
const log::Face& postfix_face();

}  // namespace postern::mail
