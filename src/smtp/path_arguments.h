// SPDX-License-Identifier: ISC
//
// smtp/path_arguments.h - the arguments of MAIL and RCPT, as far as both are alike.

#pragma once

#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "mail/address.h"
#include "mail/reply.h"
#include "smtp/parameters.h"

namespace postern::smtp {

// What makes the difference.
struct PathForm {
  std::string_view keyword;  // "FROM:"
  std::string_view usage;    // for the reply if something else stands there
  Result<mail::Mailbox> (*parse_path)(std::string_view& text, mail::Charset charset);
  mail::Reply (*bad_path)(std::string_view why);
};

struct PathArguments {
  mail::Mailbox path;
  bool is_ascii;                      // as it was written; else SMTPUTF8 is needed
  std::vector<Parameter> parameters;  // views into the arguments
};

// "FROM:<...> KEYWORD=value".  The parameters stand behind the path, so whether SMTPUTF8 is among
// them is not known before the path has been read: it is read as UTF-8, and judged by the caller
// (RFC 6531 3.2).
// Blanks behind the colon are against the grammar, but printers and old mailers write them.
tl::expected<PathArguments, mail::Reply> parse_path_arguments(std::string_view arguments,
                                                              const PathForm& form);

}  // namespace postern::smtp
