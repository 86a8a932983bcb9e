// SPDX-License-Identifier: ISC
//
// gateway/board.h - what the gateway lets others see of itself.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adsp/drop.h"
#include "base/result.h"
#include "base/shared_memory.h"
#include "base/shared_text.h"

namespace postern::gateway {

// Sums; on the board, of all gateways that it has had.
struct Totals {
  std::uint64_t opened = 0;
  std::uint64_t denied = 0;
  std::uint64_t retransmissions = 0;
  std::uint64_t octets_in = 0;   // from peers
  std::uint64_t octets_out = 0;  //
  std::uint64_t dropped = 0;     // datagrams and packets that were of no use
  std::uint64_t lookups_unanswered = 0;

  // What has been added since before.
  Totals since(const Totals& before) const;
};

// A copy of what is on the board, to be read at leisure.
struct Sight {
  struct Name {
    std::string name;   // "Postern:SMTPServer@*"
    std::string state;  // "registered"
  };
  struct Service {
    std::string to;
    std::uint32_t channels = 0;  // in use
    std::uint32_t limit = 0;
  };

  bool is_there = false;  // a gateway has been here
  std::uint16_t net = 0;  // 0: no router has told it
  std::uint8_t node = 0;  // 0: none yet
  std::uint8_t router = 0;
  std::string zone;
  std::vector<Name> names;
  std::vector<Service> services;
  Totals totals;
};

// Memory that the gateways write and the controller reads.  It belongs to the supervisor, which
// gives it to one gateway after another; those that are being drained add to the totals only.
class Board {
 public:
  static constexpr std::size_t most_names = 64;
  static constexpr std::size_t most_services = 64;

  // Ends the process when there is no memory.
  Board();
  explicit Board(UniqueFd fd);  // of another program; a new one if it is of another layout
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  int fd() const { return memory_.fd(); }

  // As a gateway sees itself, but for the totals.
  void write(const Sight& sight);
  void add(const Totals& more);

  Sight read() const;

  // The last node number, for the next one to try first; 0: none.
  std::uint8_t node() const;

  void let_go() { memory_.let_go(); }

 private:
  using Count = std::atomic<std::uint64_t>;

  struct Service {
    SharedText<128> to;
    std::atomic<std::uint32_t> channels;
    std::atomic<std::uint32_t> limit;
  };
  struct Name {
    SharedText<128> name;
    SharedText<16> state;
  };
  struct Page {
    std::atomic<std::uint32_t> is_there;
    std::atomic<std::uint32_t> net;
    std::atomic<std::uint32_t> node;
    std::atomic<std::uint32_t> router;
    SharedText<64> zone;
    std::array<Name, most_names> names;
    std::array<Service, most_services> services;
    std::array<Count, 7> totals;
  };

  static const SharedMemory::Layout layout;

  SharedMemory memory_;
  Page* page_;
};

}  // namespace postern::gateway
