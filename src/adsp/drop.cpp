// SPDX-License-Identifier: ISC
//
// adsp/drop.cpp - why something that came from the network was not used.

#include "adsp/drop.h"

#include <numeric>

namespace postern::adsp {

std::string_view name_of(Drop drop) {
  switch (drop) {
    case Drop::frame_malformed: return "frame_malformed";
    case Drop::frame_not_for_us: return "frame_not_for_us";
    case Drop::no_address_yet: return "no_address_yet";
    case Drop::ddp_malformed: return "ddp_malformed";
    case Drop::ddp_bad_checksum: return "ddp_bad_checksum";
    case Drop::ddp_not_for_us: return "ddp_not_for_us";
    case Drop::no_such_socket: return "no_such_socket";
    case Drop::rtmp_malformed: return "rtmp_malformed";
    case Drop::nbp_malformed: return "nbp_malformed";
    case Drop::nbp_not_for_us: return "nbp_not_for_us";
    case Drop::echo_malformed: return "echo_malformed";
    case Drop::too_many: return "too_many";
    case Drop::no_route: return "no_route";
    case Drop::adsp_malformed: return "adsp_malformed";
    case Drop::adsp_no_connection: return "adsp_no_connection";
    case Drop::adsp_out_of_state: return "adsp_out_of_state";
    case Drop::adsp_out_of_window: return "adsp_out_of_window";
    case Drop::adsp_early: return "adsp_early";
  }
  return "";
}

std::uint64_t DropTally::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace postern::adsp
