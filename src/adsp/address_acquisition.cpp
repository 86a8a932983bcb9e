// SPDX-License-Identifier: ISC
//
// adsp/address_acquisition.cpp - how a node gets a number that no other station has.

#include "adsp/address_acquisition.h"

#include <algorithm>

#include "adsp/address.h"

namespace postern::adsp {

namespace {

constexpr unsigned times = 8;
constexpr auto interval = std::chrono::milliseconds{200};

// Of servers.  254 is left to routers, which like it.
constexpr unsigned first_number = 128;
constexpr unsigned numbers = 126;

constexpr auto pause_when_all_taken = std::chrono::seconds{10};

}  // namespace

AddressAcquisition::AddressAcquisition(std::uint8_t hint, Random random)
    : random_(std::move(random)), candidate_(hint == broadcast_node ? std::uint8_t{0} : hint) {}

void AddressAcquisition::start(Time now) {
  if (candidate_ == 0) return choose(now);
  next_ = now;
}

AddressAcquisition::Objection AddressAcquisition::hear(const LlapFrame& frame, Time now) {
  if (node_ || !next_) return Objection::none;
  const bool names_it = frame.type == LlapType::acknowledgement || frame.type == LlapType::enquiry;
  const bool objects = frame.source == candidate_ || (names_it && frame.destination == candidate_);
  if (!objects) return Objection::none;
  taken_.set(candidate_);
  choose(now);
  return taken_.none() ? Objection::all_taken : Objection::number_taken;
}

void AddressAcquisition::choose(Time now) {
  asked_ = 0;
  // Not sooner than the next question was to come: objections cannot make us send faster.
  next_ = next_ ? std::max(*next_, now) : now;
  const unsigned offset = static_cast<unsigned>(random_() % numbers);
  for (unsigned i = 0; i < numbers; ++i) {
    const unsigned number = first_number + (offset + i) % numbers;
    if (taken_.test(number)) continue;
    candidate_ = static_cast<std::uint8_t>(number);
    return;
  }
  taken_.reset();
  candidate_ = static_cast<std::uint8_t>(first_number + offset);
  next_ = now + pause_when_all_taken;
}

AddressAcquisition::Step AddressAcquisition::step(Time now) {
  if (!next_ || now < *next_) return Step::none;
  if (asked_ == times) {
    node_ = candidate_;
    next_.reset();
    return Step::acquired;
  }
  ++asked_;
  next_ = now + interval;
  return Step::send_enquiry;
}

}  // namespace postern::adsp
