// SPDX-License-Identifier: ISC
//
// smtp/parameters.h - the parameters behind the address of MAIL and RCPT.

#pragma once

#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "mail/reply.h"

namespace postern::smtp {

// KEYWORD or KEYWORD=value (RFC 5321 4.1.2 esmtp-param).
struct Parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

// Parses all of text: parameters, each behind blanks.  At most 16, no keyword twice; else, and
// for broken syntax, the reply that says so.  Values may be UTF-8, as ORCPT's may (RFC 6533 3).
tl::expected<std::vector<Parameter>, mail::Reply> parse_parameters(std::string_view text);

}  // namespace postern::smtp
