// SPDX-License-Identifier: ISC
//
// smtp/transaction.h - one mail transaction: the buffers of RFC 5321 4.1.1.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mail/address.h"
#include "mail/envelope.h"

namespace postern::smtp {

// The BY parameter (RFC 2852 4): the time counts from the moment that MAIL is accepted.
struct ByTime {
  std::int64_t seconds = 0;
  mail::ByMode mode = mail::ByMode::notify;
  bool trace = false;
};

// What MAIL said.
struct Sender {
  mail::Mailbox reverse_path;
  mail::Body body = mail::Body::seven_bit;
  bool smtputf8 = false;
  std::optional<std::uint64_t> declared_octets;  // SIZE
  std::optional<mail::Return> ret;               // RFC 3461 4.3
  std::string envelope_id;                       // ENVID, decoded
  bool require_tls = false;                      // RFC 8689
  std::optional<std::int64_t> hold_for;          // seconds (RFC 4865); or else
  std::optional<std::int64_t> hold_until;        // seconds since 1970
  std::optional<ByTime> by;
  std::optional<int> priority;  // -9 to 9 (RFC 6710)
  std::string submitter;        // AUTH, decoded; empty for AUTH=<> (RFC 4954 5)
};

// The reverse path and the forward paths that have been accepted so far.
class Transaction {
 public:
  void begin(std::unique_ptr<Sender> sender);
  void add_recipient(mail::Recipient recipient);
  void reset();

  bool has_sender() const { return sender_ != nullptr; }
  const Sender& sender() const { return *sender_; }  // has_sender() only
  const std::vector<mail::Recipient>& recipients() const { return recipients_; }

  // Octets of all addresses of recipients, the original ones included.
  std::size_t recipient_octets() const { return recipient_octets_; }

  // Whether a recipient in domain, which may be one that is here already, leaves no more than
  // most different ones.
  bool has_room_for_domain(const std::string& domain, std::size_t most) const;

 private:
  std::unique_ptr<Sender> sender_;  // apart, since most sessions are idle
  std::vector<mail::Recipient> recipients_;
  std::set<std::string> domains_;  // of the recipients
  std::size_t recipient_octets_ = 0;
};

}  // namespace postern::smtp
