// SPDX-License-Identifier: ISC
//
// smtp/path_arguments.cpp - the arguments of MAIL and RCPT, as far as both are alike.

#include "smtp/path_arguments.h"

#include "base/text.h"

namespace postern::smtp {

tl::expected<PathArguments, mail::Reply> parse_path_arguments(std::string_view arguments,
                                                              const PathForm& form) {
  if (!iequals(arguments.substr(0, form.keyword.size()), form.keyword)) {
    return tl::unexpected(mail::reply::syntax(form.usage));
  }
  const std::string_view path_and_more = trim(arguments.substr(form.keyword.size()));
  std::string_view rest = path_and_more;
  auto path = form.parse_path(rest, mail::Charset::utf8);
  if (!path) return tl::unexpected(form.bad_path(path.error().what));
  auto parameters = parse_parameters(rest);
  if (!parameters) return tl::unexpected(std::move(parameters.error()));
  const std::string_view as_written = path_and_more.substr(0, path_and_more.size() - rest.size());
  return PathArguments{std::move(*path), !has_eight_bit(as_written), std::move(*parameters)};
}

}  // namespace postern::smtp
