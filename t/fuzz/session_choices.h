// SPDX-License-Identifier: ISC
//
// t/fuzz/session_choices.h - a listener, its limits and its clients, as the input chooses them.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cut.h"
#include "smtp/capabilities.h"
#include "smtp/settings.h"

namespace postern::test {

// Each bit of the next two choices is an extension that is off.
inline mail::Extensions choose_extensions(FuzzInput& input) {
  using Flag = bool mail::Extensions::*;
  using Extensions = mail::Extensions;
  constexpr std::array<Flag, 6> first{&Extensions::pipelining,
                                      &Extensions::size,
                                      &Extensions::eight_bit_mime,
                                      &Extensions::smtputf8,
                                      &Extensions::enhanced_status_codes,
                                      &Extensions::dsn};
  constexpr std::array<Flag, 7> second{&Extensions::chunking,       &Extensions::binary_mime,
                                       &Extensions::limits,         &Extensions::require_tls,
                                       &Extensions::future_release, &Extensions::deliver_by,
                                       &Extensions::mt_priority};
  Extensions extensions;
  std::size_t off = input.choose(std::size_t{1} << first.size());
  for (std::size_t i = 0; i < first.size(); ++i) extensions.*first[i] = (off >> i & 1) == 0;
  off = input.choose(std::size_t{1} << second.size());
  for (std::size_t i = 0; i < second.size(); ++i) extensions.*second[i] = (off >> i & 1) == 0;
  if (!extensions.chunking) extensions.binary_mime = false;
  return extensions;
}

// Seven choices: the listener, its limits, extensions (two), the world's will, its end, its
// answers.
struct SessionChoices {
  smtp::Settings settings = {};
  smtp::Security security;
  bool may_xclient;
  bool refuses_text;     // as soon as there is some
  std::size_t close_at;  // the answer instead of which the server is shut down; 0: none
  std::size_t answers;

  explicit SessionChoices(FuzzInput& input) {
    const std::size_t listener = input.choose(32);
    const std::size_t limits = input.choose(8);
    settings.extensions = choose_extensions(input);
    refuses_text = input.choose(2) != 0;
    close_at = input.choose(10);
    answers = input.choose(256);
    settings.hostname = "mail.example.org";
    settings.offers_starttls = (listener & 1) == 0;
    settings.mechanisms = (listener & 2) == 0 ? "PLAIN LOGIN" : "";
    settings.auth_without_tls = true;
    security = (listener & 4) == 0 ? smtp::Security::clear : smtp::Security::tls;
    settings.protocol = (listener & 8) == 0 ? smtp::Protocol::smtp : smtp::Protocol::lmtp;
    may_xclient = (listener & 16) != 0;
    set_limits(limits);
  }

 private:
  void set_limits(std::size_t limits) {
    const std::uint32_t most = (limits & 1) == 0 ? 1000 : 3;
    // A text may be refused for its size or by the world; which comes first is a matter of pieces.
    settings.limits = {.message_octets = refuses_text ? 1000000U : most * 10U,
                       .recipients = most,
                       .recipient_domains = (limits & 2) == 0 ? 0U : 2U,
                       .messages = (limits & 4) == 0 ? 0U : 2U,
                       .errors = most,
                       .idle_commands = most,
                       .auth_failures = most,
                       .hold_seconds = 3600};
  }
};

}  // namespace postern::test
