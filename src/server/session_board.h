// SPDX-License-Identifier: ISC
//
// server/session_board.h - who is connected, for all processes to see.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern::server {

enum class Activity : std::uint8_t {
  opening,      // before the greeting, the TLS handshake included
  waiting,      // for a command
  login,        // a password is being checked
  transaction,  // between MAIL and the text
  text,
  commit,  // the message is being made safe
};

// "waiting".
std::string_view name_of(Activity activity);

// What the board shows of a session.
struct SessionRecord {
  std::string id;
  std::string peer;
  std::string listener;
  std::string login;  // empty: none
  Activity activity = Activity::opening;
  bool has_tls = false;
  std::int64_t begun = 0;  // seconds since 1970
  std::uint32_t messages = 0;
  std::size_t row = 0;  // of the worker
};

// Slots in shared memory, each for one session.  A worker takes one for each of its sessions and
// writes it; any process may read all of them at any time.  All zero octets are the first state.
//
// Nobody waits for anybody: a reader that comes while a slot is being written reads it again, and
// leaves it out if its worker died over it.  When all slots are taken further sessions are not
// shown.
class SessionBoard {
 public:
  static constexpr std::size_t slots = 4096;

  // The record as it lies in memory; longer texts are cut.
  struct Image {
    std::array<char, 24> id;
    std::array<char, 48> peer;
    std::array<char, 32> listener;
    std::array<char, 64> login;
    std::int64_t begun;
    std::uint32_t messages;
    std::uint8_t activity;
    std::uint8_t has_tls;
  };

  struct Slot {
    static constexpr std::size_t words = (sizeof(Image) + 7) / 8;

    std::atomic<std::uint32_t> owner;     // the worker's row + 1; 0: free
    std::atomic<std::uint32_t> sequence;  // odd: being written
    std::array<std::atomic<std::uint64_t>, words> image;
  };

  using Memory = std::array<Slot, slots>;

  explicit SessionBoard(Memory& memory) : memory_(&memory) {}

  // Those that are there now, in no order.
  std::vector<SessionRecord> list() const;

  // Frees all that a worker had, which is dead.
  void clear(std::size_t row);

 private:
  friend class SessionEntry;

  Memory* memory_;
};

// One session on the board; off it when this goes.
class SessionEntry {
 public:
  SessionEntry(SessionBoard board, std::size_t row);
  ~SessionEntry();
  SessionEntry(const SessionEntry&) = delete;
  SessionEntry& operator=(const SessionEntry&) = delete;

  void write(const SessionRecord& record);

 private:
  SessionBoard::Slot* slot_ = nullptr;  // none: the board is full
};

}  // namespace postern::server
