// SPDX-License-Identifier: ISC
//
// smtp/transaction.cpp - one mail transaction.

#include "smtp/transaction.h"

#include <utility>

namespace postern::smtp {

namespace {

std::size_t octets_of(const mail::Recipient& recipient) {
  const std::size_t original = recipient.original ? recipient.original->address.size() : 0;
  return recipient.address.local_part.size() + recipient.address.domain.size() + original;
}

}  // namespace

void Transaction::begin(std::unique_ptr<Sender> sender) {
  reset();
  sender_ = std::move(sender);
}

void Transaction::add_recipient(mail::Recipient recipient) {
  domains_.insert(recipient.address.domain);
  recipient_octets_ += octets_of(recipient);
  recipients_.push_back(std::move(recipient));
}

void Transaction::reset() {
  sender_.reset();
  recipients_.clear();
  recipients_.shrink_to_fit();
  domains_.clear();
  recipient_octets_ = 0;
}

bool Transaction::has_room_for_domain(const std::string& domain, std::size_t most) const {
  return domains_.size() < most || domains_.count(domain) > 0;
}

}  // namespace postern::smtp
