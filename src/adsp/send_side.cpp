// SPDX-License-Identifier: ISC
//
// adsp/send_side.cpp - what is to be sent on a connection until the peer has it.

#include "adsp/send_side.h"

#include <algorithm>

#include "adsp/packet.h"

namespace postern::adsp {

namespace {

// On LocalTalk, behind an adapter, a packet takes 21 milliseconds, so this is an eighth of a
// second.
constexpr unsigned most_in_any_burst = 6;

constexpr unsigned in_burst_after_loss = 2;
constexpr auto least_between_advices = std::chrono::milliseconds{50};

}  // namespace

void SendSide::start(Sequence first, std::uint16_t window) {
  first_ = next_ = highest_ = burst_end_ = first;
  limit_ = advanced(first, window);
}

std::size_t SendSide::write(std::string_view octets) {
  const std::string_view fits = octets.substr(0, room());
  queue_ += fits;
  return fits.size();
}

bool SendSide::acknowledge(Sequence next, std::uint16_t window, Time now) {
  const std::int32_t acknowledged = distance(first_, next);
  if (acknowledged < 0 || distance(next, highest_) < 0) return false;
  const Sequence limit = advanced(next, window);
  const bool is_more_room = distance(limit_, limit) > 0;
  if (is_more_room) limit_ = limit;
  if (acknowledged == 0 && !is_more_room) return true;
  queue_.erase(0, static_cast<std::size_t>(acknowledged));
  first_ = next;
  if (distance(first_, next_) < 0) next_ = first_;
  if (timed_ && distance(timed_->end, first_) >= 0) {
    round_trip_.measured(now - timed_->sent);
    timed_.reset();
  }
  if (in_burst_ > 0 && distance(burst_end_, first_) >= 0) {
    if (in_burst_ >= most_in_burst_)
      most_in_burst_ = std::min(most_in_burst_ + 1, most_in_any_burst);
    in_burst_ = 0;
  }
  round_trip_.progressed();
  set_deadline(now);
  return true;
}

void SendSide::advised(Time now) {
  if (first_ == highest_) return;
  const auto apart = std::max<RoundTrip::Duration>(least_between_advices, round_trip_.mean() / 2);
  const bool is_known =
      last_advice_ && last_advice_->first == first_ && now - last_advice_->heard < apart;
  if (is_known) return;
  last_advice_ = {first_, now};
  resend();
  set_deadline(now);
}

void SendSide::resend() {
  next_ = first_;
  in_burst_ = 0;
  most_in_burst_ = std::max(most_in_burst_ / 2, in_burst_after_loss);
  timed_.reset();  // an acknowledgement would not say which of the two it is for
}

// A packet that the window cuts short is sent only when nothing else is under way.
std::size_t SendSide::sendable() const {
  const std::size_t unsent = queue_.size() - (next_ - first_);
  const std::int32_t window = distance(next_, limit_);
  if (window <= 0) return 0;
  const std::size_t wanted = std::min(unsent, Packet::most_octets);
  const auto allowed = static_cast<std::size_t>(window);
  return wanted <= allowed ? wanted : next_ == first_ ? allowed : 0;
}

std::optional<SendSide::Segment> SendSide::next_segment(Time now) {
  const std::size_t octets = in_burst_ < most_in_burst_ ? sendable() : 0;
  if (octets == 0) {
    if (!deadline_) set_deadline(now);
    return std::nullopt;
  }
  Segment segment{next_, std::string_view(queue_).substr(next_ - first_, octets), false,
                  distance(next_, highest_) > 0};
  next_ = advanced(next_, octets);
  if (distance(highest_, next_) > 0) highest_ = next_;
  ++in_burst_;
  segment.wants_acknowledgement = in_burst_ == most_in_burst_ || sendable() == 0;
  if (segment.wants_acknowledgement) {
    burst_end_ = next_;
    if (!timed_ && !segment.is_again) timed_ = {next_, now};
    set_deadline(now);
  }
  return segment;
}

// There is one while something is under way, or would be if the peer had room.
void SendSide::set_deadline(Time now) {
  deadline_.reset();
  if (!queue_.empty()) deadline_ = now + round_trip_.timeout(random_());
}

SendSide::Due SendSide::tick(Time now) {
  if (!deadline_ || now < *deadline_) return Due::nothing;
  round_trip_.timed_out();
  set_deadline(now);
  if (first_ == highest_) return Due::probe;
  resend();
  return Due::resend;
}

}  // namespace postern::adsp
