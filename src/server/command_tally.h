// SPDX-License-Identifier: ISC
//
// server/command_tally.h - which commands a session has seen, and how many were granted.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "smtp/command.h"

namespace postern::server {

class CommandTally {
 public:
  void add_command(smtp::Verb verb);

  // Of the reply that ends the last command; others do not count.
  void add_reply(std::uint32_t code);

  // The last command; Verb::unknown if there was none yet.
  smtp::Verb last() const { return last_; }
  bool is_empty() const { return all_.seen == 0; }

  // As Postfix writes it: "ehlo=1 auth=0/1 quit=1 commands=2/3".  Where not all were granted, the
  // first number is that of those that were.
  std::string to_string() const;

 private:
  struct Count {
    std::uint32_t seen = 0;
    std::uint32_t granted = 0;
  };

  static constexpr std::size_t verbs = static_cast<std::size_t>(smtp::Verb::unknown) + 1;

  Count& count(smtp::Verb verb);

  std::array<Count, verbs> counts_{};
  Count all_;
  smtp::Verb last_ = smtp::Verb::unknown;
  bool is_open_ = false;  // the last one has no final reply yet
};

}  // namespace postern::server
