// SPDX-License-Identifier: ISC
//
// server/command_tally.cpp - which commands a session has seen, and how many were granted.

#include "server/command_tally.h"

#include "base/text.h"

namespace postern::server {

using smtp::Verb;

namespace {

// AUTH comes early: a tool looks for it behind those that usually succeed.
constexpr std::array order{Verb::helo, Verb::ehlo, Verb::lhlo,     Verb::xclient, Verb::starttls,
                           Verb::auth, Verb::mail, Verb::bdat,     Verb::rcpt,    Verb::data,
                           Verb::rset, Verb::noop, Verb::vrfy,     Verb::expn,    Verb::help,
                           Verb::etrn, Verb::quit, Verb::not_smtp, Verb::unknown};

}  // namespace

CommandTally::Count& CommandTally::count(Verb verb) {
  return counts_.at(static_cast<std::size_t>(verb == Verb::not_smtp ? Verb::unknown : verb));
}

void CommandTally::add_command(Verb verb) {
  ++count(verb).seen;
  ++all_.seen;
  last_ = verb;
  is_open_ = true;
}

void CommandTally::add_reply(std::uint32_t code) {
  const bool is_final = code < 300 || code >= 400;
  if (!is_open_ || !is_final) return;
  is_open_ = false;
  if (code >= 400) return;
  ++count(last_).granted;
  ++all_.granted;
}

std::string CommandTally::to_string() const {
  std::string out;
  const auto add = [&out](std::string_view name, const Count& count) {
    out += cat(name, "=");
    if (count.granted < count.seen) out += cat(count.granted, "/");
    out += cat(count.seen);
  };
  for (const Verb verb : order) {
    const Count& count = counts_.at(static_cast<std::size_t>(verb));
    if (count.seen == 0) continue;
    add(lower(smtp::name_of(verb)), count);
    out += ' ';
  }
  add("commands", all_);
  return out;
}

}  // namespace postern::server
