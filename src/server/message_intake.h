// SPDX-License-Identifier: ISC
//
// server/message_intake.h - message text on its way from the session into the spool.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/file_ops.h"
#include "mail/envelope.h"
#include "mail/reply.h"
#include "mail/text_rules.h"
#include "mail/trace.h"
#include "spool/message_writer.h"

namespace postern::server {

// What configuration and client decide of mail::TextRules; the envelope decides the rest.
struct IntakeRules {
  std::uint64_t header_octets;
  std::uint64_t header_line_octets;
  std::uint32_t hops;
  bool allows_eight_bit_header;
  // Date and Message-ID are added where they are missing: to what our own users submit
  // (RFC 6409 8, RFC 5321 6.4), not to what others relay, whose signature may say that there is
  // none.
  bool completes_header;
  std::size_t most_in_memory = 0;  // octets of a message that the committer takes without a file
};

// Takes the text of one message and writes it, as a file or in memory: envelope, Received, the
// fields that RFC 6409 8 lets a submission server add, and then what the client sent.  The client's
// header is held back until it is complete, since only then is it known what is missing; that is
// bounded by header_octets.  The lines of the file end in LF; but the text of a message that came
// as BINARYMIME (RFC 3030 3) is kept octet for octet.  If it goes without finish, nothing stays in
// the spool.
//
// Errors are the replies to give; the log has the reason by then.
class MessageIntake {
 public:
  using Outcome = tl::expected<void, mail::Reply>;

  // received is the complete Received field.  Creates the file, if there is to be one from the
  // start.
  static tl::expected<MessageIntake, mail::Reply> begin(FileOps& files,
                                                        const mail::Envelope& envelope,
                                                        std::string received, std::string hostname,
                                                        std::chrono::system_clock::time_point now,
                                                        IntakeRules rules);

  // The next piece of text, of any size.  After an error only destruction is left.
  Outcome append(std::string_view text);

  // The text ends here, with or without a line end.
  tl::expected<spool::WrittenMessage, mail::Reply> finish() &&;

  std::uint64_t octets() const { return octets_; }  // of the client's text so far

 private:
  MessageIntake(spool::MessageWriter writer, const mail::Envelope& envelope, std::string received,
                std::string hostname, std::chrono::system_clock::time_point now,
                const IntakeRules& rules);

  Outcome write_header();
  Outcome write(std::string_view text);
  Outcome check(const Result<void>& result) const;

  spool::MessageWriter writer_;
  std::string id_;
  std::string received_;
  std::string hostname_;
  std::chrono::system_clock::time_point now_;
  bool completes_header_;
  bool is_binary_;
  mail::TextInspector inspector_;
  std::string held_;  // the client's header, until it is complete
  std::uint64_t octets_ = 0;
};

}  // namespace postern::server
