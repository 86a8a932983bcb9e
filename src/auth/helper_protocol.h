// SPDX-License-Identifier: ISC
//
// auth/helper_protocol.h - question and answer between a worker and the auth helper.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/verifier.h"

namespace postern::auth {

// Each travels as one packet of a SOCK_SEQPACKET socketpair.  ticket is chosen by the worker
// and comes back in the answer.
//
//   question  'Q' ticket(8) length(2) name length(2) password
//   answer    'A' ticket(8) '0' or '1'
//
// Numbers are big-endian.  Both ends come from one program, so there is no version.
struct Question {
  std::uint64_t ticket;
  Credentials credentials;
};

struct Answer {
  std::uint64_t ticket;
  bool is_valid;
};

// No packet is longer (octets); encode_question returns nothing for credentials that do not
// fit.  A name and a password of max_credential octets do.
inline constexpr std::size_t max_packet = 2048;

// The packet holds the password: wipe() it when it is sent.
std::optional<std::string> encode_question(const Question& question);
std::optional<Question> decode_question(std::string_view packet);
std::string encode_answer(const Answer& answer);
std::optional<Answer> decode_answer(std::string_view packet);

}  // namespace postern::auth
