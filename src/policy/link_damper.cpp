// SPDX-License-Identifier: ISC
//
// policy/link_damper.cpp - a link that comes and goes is not believed at once.

#include "policy/link_damper.h"

#include <algorithm>

namespace postern::policy {

namespace {

constexpr std::size_t most_losses = 8;  // 2 to the power of 6 seconds are the longest wait

}  // namespace

void LinkDamper::update(bool is_up, Time now) {
  while (!losses_.empty() && losses_.front() + memory <= now) losses_.pop_front();
  if (is_up == is_up_) return;
  is_up_ = is_up;
  if (is_up) {
    settles_at_ = now + wait();
  } else {
    losses_.push_back(now);
    if (losses_.size() > most_losses) losses_.pop_front();
  }
}

std::optional<LinkDamper::Time> LinkDamper::settles_at(Time now) const {
  if (!is_up_ || now >= settles_at_) return std::nullopt;
  return settles_at_;
}

LinkDamper::Seconds LinkDamper::wait() const {
  if (losses_.size() < 2) return Seconds{0};
  return std::min(longest_wait, Seconds{1LL << (losses_.size() - 2)});
}

}  // namespace postern::policy
