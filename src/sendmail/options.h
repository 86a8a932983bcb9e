// SPDX-License-Identifier: ISC
//
// sendmail/options.h - the command line of postern-sendmail(1).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mail/envelope.h"

namespace postern::sendmail {

enum class Mode {
  submit,   // take a message from standard input
  speak,    // -bs: let the caller speak SMTP with the server
  verify,   // -bv: ask whether the server would take the recipients
  list,     // -bp, mailq: show what is in the spool
  nothing,  // -bi, -q, newaliases: what other servers have to be told, and ours does not
};

struct Options {
  Mode mode = Mode::submit;
  bool takes_recipients_from_header = false;  // -t
  bool ignores_dots = false;                  // -i: a line of one dot is text
  bool is_verbose = false;                    // -v: show the dialogue
  std::optional<std::string> sender;          // -f, as it was given
  std::optional<std::string> full_name;       // -F
  bool is_eight_bit = false;                  // -B 8BITMIME: say so, whatever the text is
  std::optional<mail::Notify> notify;         // -N
  std::optional<mail::Return> ret;            // -R
  std::string envelope_id;                    // -V, not encoded
  std::string config;                         // -C; empty: none
  std::string socket;                         // -s; empty: none
  std::vector<std::string> recipients;        // as they were given
};

// Errors are Errc::syntax.  The name in argv[0] chooses a mode: mailq and newaliases.
Result<Options> parse_options(int argc, char** argv);

}  // namespace postern::sendmail
