// SPDX-License-Identifier: ISC
//
// adsp/drop.h - why something that came from the network was not used.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern::adsp {

// Most are no faults of ours, and many nobody's: on a shared cable much is for others.
enum class Drop {
  frame_malformed,   // no LToUDP datagram: its length, its type or its source
  frame_not_for_us,  // for another station
  no_address_yet,    // came while we had no node number
  ddp_malformed,     // lengths or sockets that cannot be
  ddp_bad_checksum,
  ddp_not_for_us,      // another node or network
  no_such_socket,      // nothing of ours listens there, or not to that type
  rtmp_malformed,      // what a router says of itself
  nbp_malformed,       // no question after names, and no answer to one
  nbp_not_for_us,      // answers to nothing that we have asked; talk between routers
  echo_malformed,      // not a request for an echo
  too_many,            // of a kind that is answered so and so often in a second
  no_route,            // going out: nobody is known who could take it there
  adsp_malformed,      // fields that cannot be
  adsp_no_connection,  // belongs to none that we have
  adsp_out_of_state,   // does not fit what its connection is doing
  adsp_out_of_window,  // octets that there was no room for
  adsp_early,          // octets behind a gap
};

constexpr std::size_t drop_count = static_cast<std::size_t>(Drop::adsp_early) + 1;

// "frame_malformed" and so on, for status and metrics.
std::string_view name_of(Drop drop);

// How often, for each reason.
class DropTally {
 public:
  void count(Drop drop) { ++counts_[static_cast<std::size_t>(drop)]; }
  std::uint64_t of(Drop drop) const { return counts_[static_cast<std::size_t>(drop)]; }
  std::uint64_t total() const;

 private:
  std::array<std::uint64_t, drop_count> counts_{};
};

}  // namespace postern::adsp
