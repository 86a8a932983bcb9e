// SPDX-License-Identifier: ISC
//
// adsp/address_acquisition.h - how a node gets a number that no other station has.

#pragma once

#include <bitset>
#include <cstdint>
#include <optional>

#include "adsp/llap_frame.h"
#include "adsp/world.h"

namespace postern::adsp {

// Asks eight times, a fifth of a second apart, whether somebody has the number; who hears no
// objection has it.  Objections are an acknowledgement, somebody else's enquiry for the number,
// and any frame that comes from it.  Then the next number is tried, at the pace of the questions
// however many objections there are.
class AddressAcquisition {
 public:
  // hint: the number to try first, what it was last time; 0 for none.
  AddressAcquisition(std::uint8_t hint, Random random);

  void start(Time now);

  // The number, once there is one.  It stays for good.
  std::optional<std::uint8_t> node() const { return node_; }

  enum class Objection { none, number_taken, all_taken };

  // A frame of somebody else, while there is no number.
  Objection hear(const LlapFrame& frame, Time now);

  enum class Step { none, send_enquiry, acquired };

  // What is to be done now.  Call again until there is none.
  Step step(Time now);

  std::uint8_t candidate() const { return candidate_; }
  std::optional<Time> deadline() const { return next_; }  // nothing before start or when done

 private:
  void choose(Time now);

  Random random_;
  std::bitset<256> taken_;
  std::uint8_t candidate_;
  unsigned asked_ = 0;
  std::optional<Time> next_;
  std::optional<std::uint8_t> node_;
};

}  // namespace postern::adsp
