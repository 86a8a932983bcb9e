// SPDX-License-Identifier: ISC
//
// smtp/command.cpp - the verb of a command line and what follows it.

#include "smtp/command.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace postern::smtp {

namespace {

struct Name {
  std::string_view text;
  Verb verb;
};

constexpr std::array names{
    Name{"EHLO", Verb::ehlo},     Name{"HELO", Verb::helo},        Name{"MAIL", Verb::mail},
    Name{"RCPT", Verb::rcpt},     Name{"DATA", Verb::data},        Name{"RSET", Verb::rset},
    Name{"NOOP", Verb::noop},     Name{"QUIT", Verb::quit},        Name{"VRFY", Verb::vrfy},
    Name{"HELP", Verb::help},     Name{"AUTH", Verb::auth},        Name{"STARTTLS", Verb::starttls},
    Name{"LHLO", Verb::lhlo},     Name{"BDAT", Verb::bdat},        Name{"XCLIENT", Verb::xclient},
    Name{"EXPN", Verb::expn},     Name{"ETRN", Verb::etrn},        Name{"GET", Verb::not_smtp},
    Name{"POST", Verb::not_smtp}, Name{"PUT", Verb::not_smtp},     Name{"CONNECT", Verb::not_smtp},
    Name{"HEAD", Verb::not_smtp}, Name{"OPTIONS", Verb::not_smtp},
};

Verb find_verb(std::string_view name) {
  const auto* found = std::find_if(names.begin(), names.end(), [&](const Name& candidate) {
    return iequals(candidate.text, name);
  });
  return found == names.end() ? Verb::unknown : found->verb;
}

}  // namespace

std::string_view name_of(Verb verb) {
  const auto* found = std::find_if(names.begin(), names.end(), [&](const Name& candidate) {
    return candidate.verb == verb && verb != Verb::not_smtp;
  });
  return found == names.end() ? "UNKNOWN" : found->text;
}

Command parse_command(std::string_view line) {
  if (std::any_of(line.begin(), line.end(), [](char c) { return is_control(c) && c != '\t'; })) {
    return {Verb::unknown, {}, {}};
  }
  std::string_view arguments = trim(line);
  const std::string_view name = take_word(arguments);
  return {find_verb(name), name, arguments};
}

}  // namespace postern::smtp
