// SPDX-License-Identifier: ISC
//
// adsp/connection_sending.cpp - what one end of a connection sends, and when it does so unasked.

#include <algorithm>

#include "adsp/connection.h"

namespace postern::adsp {

namespace {

using namespace std::chrono_literals;
using Kind = Packet::Kind;

constexpr auto try_interval = 1s;
constexpr unsigned most_tries = 10;
constexpr auto acknowledgement_delay = 150ms;
constexpr auto probe_interval = 30s;
constexpr unsigned most_probes = 3;  // at the end of the fourth interval it is given up

}  // namespace

std::optional<Time> Connection::deadline() const {
  if (state_ == State::ended) return std::nullopt;
  if (next_try_) return next_try_;
  Time first = heard_ + probe_interval * (probes_ + 1);
  for (const auto& time : {acknowledge_by_, close_by_, send_.deadline()}) {
    if (time) first = std::min(first, *time);
  }
  return first;
}

void Connection::tick(Time now) {
  if (state_ == State::ended) return;
  if (next_try_) {
    if (now >= *next_try_) try_to_open(now);
    return;
  }
  check_life(now);
  if (state_ == State::ended) return;
  if (acknowledge_by_ && now >= *acknowledge_by_ && debt_ == Debt::nothing) {
    debt_ = Debt::acknowledgement;
  }
  if (send_.tick(now) == SendSide::Due::probe) {
    Packet probe = packet(Kind::acknowledgement);
    probe.wants_acknowledgement = true;
    ++line_.tally.probes_out;
    say(probe, now);
  }
  flush(now);
}

void Connection::try_to_open(Time now) {
  if (tries_ == most_tries) return finish(End::not_answered);
  ++tries_;
  next_try_ = now + try_interval + std::chrono::milliseconds{line_.random() % 128};
  const bool is_ours = state_ == State::requesting;
  say(packet(is_ours ? Kind::open_request : Kind::open_request_acknowledgement), now);
}

// A peer that is there answers the probes, whatever it is waiting for.
void Connection::check_life(Time now) {
  if (close_by_ && now >= *close_by_) {
    say(close_advice(), now);
    return finish(End::undelivered);
  }
  while (now >= heard_ + probe_interval * (probes_ + 1)) {
    if (probes_ == most_probes) {
      ++line_.tally.silent;
      say(close_advice(), now);
      return finish(End::silent);
    }
    ++probes_;
    Packet probe = packet(Kind::acknowledgement);
    probe.wants_acknowledgement = true;
    ++line_.tally.probes_out;
    say(probe, now);
  }
}

// Sends what may be sent, and pays the debt unless octets have done so already.
void Connection::flush(Time now) {
  while (const auto segment = send_.next_segment(now)) {
    Packet octets = packet(Kind::octets);
    octets.first = segment->first;
    octets.octets = segment->octets;
    octets.wants_acknowledgement = segment->wants_acknowledgement;
    if (segment->is_again) ++line_.tally.retransmissions;
    say(octets, now);
  }
  switch (debt_) {
    case Debt::nothing: break;
    case Debt::acknowledgement: say(packet(Kind::acknowledgement), now); break;
    case Debt::advice:
      ++line_.tally.advices_out;
      say(packet(Kind::retransmit_advice), now);
      break;
  }
  if (is_acknowledging_late_ && !acknowledge_by_) acknowledge_by_ = now + acknowledgement_delay;
  is_acknowledging_late_ = false;
  // Some peers close on sight of the advice and forget what they were still waiting for, so it
  // goes out only when they have everything.
  if (state_ != State::closing || !send_.is_empty()) return;
  say(close_advice(), now);
  finish(End::closed);
}

// Every packet but those of attention acknowledges what has come.
void Connection::say(Packet packet, Time now) {
  receive_.announced();
  acknowledge_by_.reset();
  is_acknowledging_late_ = false;
  const bool is_advice = packet.kind == Kind::retransmit_advice;
  if (debt_ != Debt::advice || is_advice) debt_ = Debt::nothing;
  line_.send(ends_.remote, ends_.socket, packet, now);
}

Packet Connection::packet(Kind kind) const {
  Packet packet;
  packet.kind = kind;
  packet.connection = ends_.number;
  packet.first = send_.next();
  packet.next_receive = receive_.next();
  packet.window = receive_.window();
  if (opens(kind)) {
    packet.peer_connection = ends_.remote_number;
    packet.attention_receive = attention_next_;
  }
  return packet;
}

// The first that was not acknowledged: the peer has all in front of it, and so heeds the advice.
Packet Connection::close_advice() const {
  Packet advice = packet(Kind::close_advice);
  advice.first = send_.first_unacknowledged();
  return advice;
}

}  // namespace postern::adsp
