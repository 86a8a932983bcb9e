// SPDX-License-Identifier: ISC
//
// smtp/transaction.h - one mail transaction: the buffers of RFC 5321 4.1.1.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/reply.h"

namespace postern::smtp {

// What MAIL said.
struct Sender {
  mail::Mailbox reverse_path;
  mail::Body body = mail::Body::seven_bit;
  bool smtputf8 = false;
  std::optional<std::uint64_t> declared_octets;  // SIZE
};

// Parses what stands behind MAIL or RCPT: "FROM:<...> SIZE=1000".  The error is the reply.
// Parameters need EHLO (RFC 5321 4.1.1.1): after HELO none is known.
enum class Dialect { smtp, esmtp };
tl::expected<Sender, mail::Reply> parse_mail(std::string_view arguments, Dialect dialect);
tl::expected<mail::Mailbox, mail::Reply> parse_rcpt(std::string_view arguments,
                                                    mail::Charset charset);

// The reverse path and the forward paths that have been accepted so far.
class Transaction {
 public:
  void begin(Sender sender);
  void add_recipient(mail::Mailbox recipient);
  void reset();

  bool has_sender() const { return sender_.has_value(); }
  const Sender& sender() const { return *sender_; }  // has_sender() only
  const std::vector<mail::Mailbox>& recipients() const { return recipients_; }

 private:
  std::optional<Sender> sender_;
  std::vector<mail::Mailbox> recipients_;
};

}  // namespace postern::smtp
