// SPDX-License-Identifier: ISC
//
// adsp/send_side.h - what is to be sent on a connection until the peer has it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adsp/round_trip.h"
#include "adsp/sequence.h"
#include "adsp/world.h"

namespace postern::adsp {

// Sends bursts: some packets, of which the last asks for an acknowledgement.  The next burst waits
// for that and may be a packet longer.  What was lost is sent anew with all that came behind it,
// after a while or when the peer advises it.
class SendSide {
 public:
  // capacity: most octets that wait here for acknowledgement.
  SendSide(std::size_t capacity, Random& random) : capacity_(capacity), random_(random) {}

  // What the peer's open packet says; before it nothing else is called but write and is_empty.
  void start(Sequence first, std::uint16_t window);

  std::size_t room() const { return capacity_ - queue_.size(); }
  std::size_t write(std::string_view octets);  // how many there was room for

  // The peer has acknowledged everything.
  bool is_empty() const { return queue_.empty(); }

  // What a packet of the peer says.  False if it cannot be, or is older than what is known.
  bool acknowledge(Sequence next, std::uint16_t window, Time now);

  // The peer misses what comes next in its eyes: have it all sent again, but not for each of
  // several advices that mean the same loss.
  void advised(Time now);

  struct Segment {
    Sequence first;
    std::string_view octets;  // a view into the queue, until the next call
    bool wants_acknowledgement;
    bool is_again;
  };
  // What may be sent now.  Call again until there is none.
  std::optional<Segment> next_segment(Time now);

  // When the wait for an acknowledgement, or for room, is over.
  std::optional<Time> deadline() const { return deadline_; }

  enum class Due { nothing, resend, probe };
  // resend: next_segment has everything again.  probe: the peer has no room, and when it had some
  // again its word was perhaps lost; ask.
  Due tick(Time now);

  Sequence first_unacknowledged() const { return first_; }
  Sequence next() const { return next_; }

 private:
  std::size_t sendable() const;
  void resend();
  void set_deadline(Time now);

  std::size_t capacity_;
  Random& random_;
  std::string queue_;     // from first_ on
  Sequence first_ = 0;    // not acknowledged yet
  Sequence next_ = 0;     // to be sent next
  Sequence highest_ = 0;  // sent once already, up to here
  Sequence limit_ = 0;    // the peer has room up to here; never goes back

  unsigned most_in_burst_ = 2;
  unsigned in_burst_ = 0;
  Sequence burst_end_ = 0;

  RoundTrip round_trip_;
  struct Timed {
    Sequence end;
    Time sent;
  };
  std::optional<Timed> timed_;  // the segment whose acknowledgement is measured
  std::optional<Time> deadline_;
  struct Advice {
    Sequence first;
    Time heard;
  };
  std::optional<Advice> last_advice_;
};

}  // namespace postern::adsp
