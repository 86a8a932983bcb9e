// SPDX-License-Identifier: ISC
//
// net/ticket_keys.h - the keys of TLS session tickets, in memory that several processes see.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/shared_memory.h"
#include "base/unique_fd.h"

namespace postern::net {

// A copy of one key, overwritten at its end.
struct TicketKey {
  static constexpr std::size_t name_size = 16;

  std::array<std::uint8_t, name_size> name;  // stands in each ticket, in the clear
  std::array<std::uint8_t, 32> cipher_key;
  std::array<std::uint8_t, 32> mac_key;

  ~TicketKey();
};

// A client comes back with its ticket to any worker of any generation (RFC 5077, RFC 8446 4.6.1),
// so all of them have the same keys.  The supervisor makes them and replaces them; workers read
// them.  The keys of tickets that have expired are overwritten: who takes a key later can not read
// what was recorded before.
class TicketKeys {
 public:
  using Clock = std::chrono::steady_clock;  // one that all processes share

  static constexpr std::chrono::hours period{12};   // a key makes tickets for so long
  static constexpr std::chrono::hours lifetime{2};  // of a ticket

  // fd is that of the keys of who was here before, whose tickets stay good.  If it is not open, or
  // their memory is of another layout, begins anew.  Ends the process when there is no memory or no
  // randomness.
  explicit TicketKeys(UniqueFd fd = UniqueFd{}, Clock::time_point now = Clock::now());
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // For the supervisor alone: does what is due, and says when something is due next.
  void refresh(Clock::time_point now);
  Clock::time_point next() const;

  // For workers: from now on this process can read them, and not change them.
  Result<void> make_read_only() { return memory_.make_read_only(); }

  // The key for new tickets.
  TicketKey newest() const;

  // The key of that name, if its tickets are still good.
  using Name = std::array<std::uint8_t, TicketKey::name_size>;
  std::optional<TicketKey> find(const Name& name) const;

  // For a process that has no use for them, and must not use them any more.
  void let_go() { memory_.let_go(); }

  int fd() const { return memory_.fd(); }

 private:
  // Atomic in pieces: who reads a key while it is overwritten gets one that opens no ticket.
  struct Slot {
    std::array<std::atomic<std::uint64_t>, 10> words;
    std::atomic<Clock::rep> made;  // 0: there is none
  };

  // The newest, the one before it, and one where the next is written before it becomes the newest.
  struct Page {
    std::array<Slot, 3> slots;
    std::atomic<std::uint32_t> newest;
  };

  static const SharedMemory::Layout layout;

  static void erase(Slot& slot);
  static TicketKey copy(const Slot& slot);
  Slot& slot(std::size_t age) const;  // 0: the newest, 1: the one before
  void make_key(Clock::time_point now);

  SharedMemory memory_;
  Page* page_;
};

}  // namespace postern::net
