// SPDX-License-Identifier: ISC
//
// adsp/connection.h - one end of a connection between two sockets.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "adsp/address.h"
#include "adsp/line.h"
#include "adsp/packet.h"
#include "adsp/receive_side.h"
#include "adsp/send_side.h"
#include "adsp/world.h"

namespace postern::adsp {

// The state machine of one end.  An Engine owns it, finds out which packets are for it, and calls
// everything that is not const; others look at it.
class Connection {
 public:
  using Id = std::uint64_t;  // never used again

  enum class State {
    requesting,  // we have asked to open it
    accepting,   // the peer has, we have agreed, and it has not confirmed that
    open,
    closing,  // we have nothing more to say, but not all of it has arrived
    ended,
  };

  enum class End {
    none,          // not ended
    closed,        // by us; the peer has everything
    aborted,       // by us
    peer_closed,   // by the peer; what it had sent before is here
    peer_reset,    // the peer wants octets forgotten that were under way
    replaced,      // the peer has opened another between the same sockets: it was started anew
    silent,        // no sign of life for two minutes
    undelivered,   // closing, and the peer did not take the rest within two minutes
    denied,        // by the peer, when we asked to open
    not_answered,  // by the peer, when we asked to open or had agreed
  };

  struct Ends {
    std::uint16_t number = 0;  // ours for the connection, in packets
    std::uint8_t socket = 0;   // ours
    Address remote;
    std::uint16_t remote_number = 0;  // 0 while it is not known
  };

  struct Sizes {
    std::size_t receive = 8192;  // octets that wait to be read, at most 65535
    std::size_t send = 16384;    // octets that wait to be acknowledged
  };

  // Of our own wish to open it; sends the request.
  Connection(Id id, const Ends& ends, const Sizes& sizes, Line& line, Time now);

  // Of the peer's; sends our agreement.
  Connection(Id id, const Ends& ends, const Sizes& sizes, Line& line, const Packet& request,
             Time now);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Id id() const { return id_; }
  const Ends& ends() const { return ends_; }
  State state() const { return state_; }
  End end() const { return end_; }

  bool is_ours() const { return is_ours_; }  // we have asked to open it

  // Whether its owner knows of it: it is ours, or has been open.
  bool is_known() const { return is_ours_ || was_open_; }

  // What can be read; also when it has ended.
  std::string_view unread() const { return receive_.unread(); }

  // How much can be written.
  std::size_t room() const { return state_ == State::open ? send_.room() : 0; }

  std::optional<Time> deadline() const;

  // What tells the peer that the connection is closed.
  Packet close_advice() const;

  // ---- For the engine

  void input(const Packet& packet, const Address& from, Time now);
  void tick(Time now);
  std::size_t write(std::string_view octets, Time now);
  void consume(std::size_t octets, Time now);
  void close(Time now);
  void abort(Time now);
  void finish(End end);  // without a word to the peer

  // Whether something has changed that the owner of the stream wants to know, since the last call:
  // state, what is unread, or room after a write had to be cut.
  bool take_changed();

  // Our agreement went out twice and was not confirmed.
  bool is_overdue() const { return state_ == State::accepting && tries_ > 2; }

 private:
  void input_before_open(const Packet& packet, const Address& from, Time now);
  void become_open();
  void take_octets(const Packet& packet);
  void take_attention(const Packet& packet, Time now);
  void take_reset(const Packet& packet, Time now);
  void try_to_open(Time now);
  void check_life(Time now);
  void flush(Time now);
  void say(Packet packet, Time now);
  Packet packet(Packet::Kind kind) const;

  Id id_;
  Ends ends_;
  Line& line_;
  bool is_ours_;
  bool was_open_ = false;
  State state_;
  End end_ = End::none;
  bool changed_ = false;

  ReceiveSide receive_;
  SendSide send_;
  std::uint32_t attention_next_ = 0;  // the number of the peer's next attention message
  bool wants_room_ = false;           // a write was cut

  // What is owed to the peer at the end of a call.
  enum class Debt { nothing, acknowledgement, advice };
  Debt debt_ = Debt::nothing;
  std::optional<Time> acknowledge_by_;
  unsigned early_ = 0;                  // packets behind the same gap
  bool is_acknowledging_late_ = false;  // acknowledge_by_ is to be set

  unsigned tries_ = 0;  // to open it
  std::optional<Time> next_try_;
  Time heard_;           // the peer, last
  unsigned probes_ = 0;  // since then
  std::optional<Time> close_by_;
};

}  // namespace postern::adsp
