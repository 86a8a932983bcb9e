// SPDX-License-Identifier: ISC
//
// adsp/node_event.h - what a node has to tell, for the log.

#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "adsp/nbp_name.h"
#include "adsp/nbp_packet.h"

namespace postern::adsp {

struct AddressAcquired {  // keep it as the hint of the next start
  std::uint8_t node;
};
struct AddressTaken {  // by another station; the next number is tried
  std::uint8_t node;
};
struct NoAddressFree {};   // all numbers are taken, or somebody says so; tried anew in a while
struct AddressContested {  // another station sends as our number, at most told once a minute
  std::uint32_t sender;
};
struct RouterFound {  // or another network number than before; at most one a second
  std::uint16_t net;
  std::uint8_t router;
};
struct RouterLost {};
struct NameRegistered {
  NbpName name;
};
struct NameTaken {  // somebody else has it; tried anew every minute, and told once
  NbpName name;
  Address by;
};
struct LookupUnanswered {
  NbpName name;
  std::uint16_t net;
  std::uint8_t node;
};
struct LookupDone {  // of Node::lookup
  std::uint64_t id;
  std::vector<NbpTuple> found;
};

using NodeEvent =
    std::variant<AddressAcquired, AddressTaken, NoAddressFree, AddressContested, RouterFound,
                 RouterLost, NameRegistered, NameTaken, LookupUnanswered, LookupDone>;

}  // namespace postern::adsp
