// SPDX-License-Identifier: ISC
//
// smtp/command.h - the verb of a command line and what follows it.

#pragma once

#include <string_view>

namespace postern::smtp {

enum class Verb {
  ehlo,
  helo,
  lhlo,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  quit,
  vrfy,
  help,
  starttls,
  auth,
  xclient,
  expn,      // known, not implemented
  etrn,      // likewise
  not_smtp,  // a verb of HTTP: somebody makes a browser talk to us
  unknown,
};

// "EHLO"; what no verb of SMTP is, is "UNKNOWN".
std::string_view name_of(Verb verb);

// A command line taken apart (RFC 5321 2.4, 4.1.1).  Both views are into the line.
struct Command {
  Verb verb;
  std::string_view name;       // the verb as it was written
  std::string_view arguments;  // without leading and trailing blanks
};

// line is without its CRLF.  A line with control characters in it has no verb that we know.
Command parse_command(std::string_view line);

}  // namespace postern::smtp
