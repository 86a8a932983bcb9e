// SPDX-License-Identifier: ISC
//
// smtp/transaction.cpp - one mail transaction.

#include "smtp/transaction.h"

#include <utility>

namespace postern::smtp {

void Transaction::begin(std::unique_ptr<Sender> sender) {
  reset();
  sender_ = std::move(sender);
}

void Transaction::add_recipient(mail::Recipient recipient) {
  domains_.insert(recipient.address.domain);
  recipients_.push_back(std::move(recipient));
}

void Transaction::reset() {
  sender_.reset();
  recipients_.clear();
  recipients_.shrink_to_fit();
  domains_.clear();
}

bool Transaction::has_room_for_domain(const std::string& domain, std::size_t most) const {
  return domains_.size() < most || domains_.count(domain) > 0;
}

}  // namespace postern::smtp
