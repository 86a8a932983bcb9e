// SPDX-License-Identifier: ISC
//
// adsp/connection.cpp - one end of a connection between two sockets.

#include "adsp/connection.h"

#include <algorithm>
#include <utility>

namespace postern::adsp {

namespace {

using namespace std::chrono_literals;
using Kind = Packet::Kind;

constexpr auto longest_close = 2min;

// So many packets behind a gap, and the one in front of them is lost rather than late.
constexpr unsigned early_until_advice = 3;

}  // namespace

Connection::Connection(Id id, const Ends& ends, const Sizes& sizes, Line& line, Time now)
    : id_(id),
      ends_(ends),
      line_(line),
      is_ours_(true),
      state_(State::requesting),
      receive_(sizes.receive),
      send_(sizes.send, line.random),
      heard_(now) {
  try_to_open(now);
}

Connection::Connection(Id id, const Ends& ends, const Sizes& sizes, Line& line,
                       const Packet& request, Time now)
    : id_(id),
      ends_(ends),
      line_(line),
      is_ours_(false),
      state_(State::accepting),
      receive_(sizes.receive),
      send_(sizes.send, line.random),
      heard_(now) {
  send_.start(request.next_receive, request.window);
  try_to_open(now);
}

// ---- What comes in

void Connection::input(const Packet& packet, const Address& from, Time now) {
  if (state_ == State::requesting || state_ == State::accepting) {
    input_before_open(packet, from, now);
    if (state_ != State::open) return;
  }
  if (state_ == State::ended) return;
  heard_ = now;
  probes_ = 0;
  const bool is_attention =
      packet.kind == Kind::attention || packet.kind == Kind::attention_acknowledgement;
  if (is_attention) return take_attention(packet, now);
  const bool is_copy = packet.kind == Kind::open_request || packet.kind == Kind::open_denial;
  if (!is_copy) send_.acknowledge(packet.next_receive, packet.window, now);
  if (packet.wants_acknowledgement) debt_ = Debt::acknowledgement;
  switch (packet.kind) {
    case Kind::octets: take_octets(packet); break;
    case Kind::retransmit_advice:
      ++line_.tally.advices_in;
      send_.advised(now);
      break;
    case Kind::close_advice:
      if (distance(receive_.next(), packet.first) <= 0) return finish(End::peer_closed);
      debt_ = Debt::advice;
      break;
    case Kind::forward_reset: return take_reset(packet, now);
    case Kind::open_request_acknowledgement:  // ours was lost
      say(this->packet(Kind::open_acknowledgement), now);
      break;
    case Kind::acknowledgement:
    case Kind::forward_reset_acknowledgement:
    case Kind::open_request:
    case Kind::open_acknowledgement:
    case Kind::open_denial:
    case Kind::attention:
    case Kind::attention_acknowledgement: break;
  }
  if (wants_room_ && send_.room() > 0) {
    wants_room_ = false;
    changed_ = true;
  }
  flush(now);
}

// Anything else that belongs to the connection says as well that the peer takes it for open: what
// confirmed it was lost.
void Connection::input_before_open(const Packet& packet, const Address& from, Time now) {
  if (state_ == State::requesting) {
    if (packet.kind == Kind::open_denial) return finish(End::denied);
    if (packet.kind != Kind::open_request_acknowledgement) return;
    if (packet.connection == 0 || packet.version != Packet::our_version) return;
    ends_.remote = from;
    ends_.remote_number = packet.connection;
    send_.start(packet.next_receive, packet.window);
    return become_open();
  }
  // Our agreement was lost.  That says nothing about the peer, so the tries go on as they were.
  if (packet.kind == Kind::open_request) {
    return say(this->packet(Kind::open_request_acknowledgement), now);
  }
  if (packet.kind == Kind::close_advice) return finish(End::not_answered);
  if (packet.next_receive != send_.next()) return line_.tally.drops.count(Drop::adsp_out_of_state);
  become_open();
}

void Connection::become_open() {
  state_ = State::open;
  was_open_ = true;
  next_try_.reset();
  changed_ = true;
  ++line_.tally.opened;
}

void Connection::take_octets(const Packet& packet) {
  const std::size_t before = receive_.unread().size();
  const Sequence next = receive_.next();
  switch (receive_.take(packet.first, packet.octets, packet.ends_message)) {
    case ReceiveSide::Taken::nothing: return;
    case ReceiveSide::Taken::all: break;
    case ReceiveSide::Taken::part: line_.tally.drops.count(Drop::adsp_out_of_window); break;
    case ReceiveSide::Taken::stray: return line_.tally.drops.count(Drop::adsp_out_of_window);
    case ReceiveSide::Taken::duplicate: debt_ = Debt::acknowledgement; return;
    case ReceiveSide::Taken::early:
      line_.tally.drops.count(Drop::adsp_early);
      ++early_;
      // A plain acknowledgement would not make every peer send again before its timer says so.
      if (packet.wants_acknowledgement || early_ == early_until_advice) debt_ = Debt::advice;
      return;
  }
  early_ = 0;
  is_acknowledging_late_ = true;
  if (receive_.has_much_to_acknowledge()) debt_ = Debt::acknowledgement;
  line_.tally.octets_in += static_cast<std::uint32_t>(distance(next, receive_.next()));
  if (receive_.unread().size() != before) changed_ = true;
}

// A message beside the stream means nothing to mail; but it is sent until it is acknowledged.
void Connection::take_attention(const Packet& packet, Time now) {
  if (packet.kind != Kind::attention) return;
  if (packet.first == attention_next_) {
    ++attention_next_;
    ++line_.tally.attentions_in;
  }
  Packet reply;
  reply.kind = Kind::attention_acknowledgement;
  reply.connection = ends_.number;
  reply.next_receive = attention_next_;
  line_.send(ends_.remote, ends_.socket, reply, now);
}

// Octets are missing from the stream from now on, which is the end of any mail session.
void Connection::take_reset(const Packet& packet, Time now) {
  const bool is_new = receive_.reset(packet.first);
  say(this->packet(Kind::forward_reset_acknowledgement), now);
  // While we close, nobody reads the stream any more, but the peer is to get the rest of ours.
  if (!is_new || state_ == State::closing) return flush(now);
  say(close_advice(), now);
  finish(End::peer_reset);
}

// ---- What the owner of the stream does

std::size_t Connection::write(std::string_view octets, Time now) {
  if (state_ != State::open) return 0;
  const std::size_t written = send_.write(octets);
  if (written < octets.size()) wants_room_ = true;
  line_.tally.octets_out += written;
  flush(now);
  return written;
}

void Connection::consume(std::size_t octets, Time now) {
  receive_.consume(octets);
  if (state_ != State::open) return;
  if (receive_.has_news_of_room() && debt_ == Debt::nothing) debt_ = Debt::acknowledgement;
  flush(now);
}

void Connection::close(Time now) {
  if (state_ != State::open) {
    if (state_ == State::requesting || state_ == State::accepting) abort(now);
    return;
  }
  state_ = State::closing;
  close_by_ = now + longest_close;
  receive_.discard();
  if (receive_.has_news_of_room()) debt_ = Debt::acknowledgement;
  flush(now);
}

void Connection::abort(Time now) {
  if (state_ == State::ended) return;
  if (ends_.remote_number != 0) say(close_advice(), now);
  finish(End::aborted);
}

void Connection::finish(End end) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  end_ = end;
  changed_ = true;
  next_try_.reset();
  acknowledge_by_.reset();
  close_by_.reset();
}

bool Connection::take_changed() {
  return std::exchange(changed_, false);
}

}  // namespace postern::adsp
