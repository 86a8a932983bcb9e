// SPDX-License-Identifier: ISC
//
// adsp/receive_side.h - what has come on a connection and was not read yet.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adsp/sequence.h"

namespace postern::adsp {

// Takes octets in their order and says for how many there is room.  Those behind a gap are not
// kept: the peer sends everything behind it anew anyway.
class ReceiveSide {
 public:
  // capacity: most octets that are kept, from 1 to 65535.
  explicit ReceiveSide(std::size_t capacity) : capacity_(capacity) {}

  enum class Taken {
    all,        // or as much as is new
    part,       // what there was room for, maybe nothing
    duplicate,  // nothing new
    early,      // something in front of it is missing
    nothing,    // there was none
    stray,      // too far off to be of this connection
  };
  Taken take(Sequence first, std::string_view octets, bool ends_message);

  std::string_view unread() const { return std::string_view(unread_).substr(read_); }
  void consume(std::size_t octets);  // at most as many as are unread

  // From now on nothing is kept, so that there is always room: nobody reads any more.
  void discard();

  // The peer wants all up to next forgotten.  False if that makes no sense.
  bool reset(Sequence next);

  Sequence next() const { return next_; }
  std::uint16_t window() const { return static_cast<std::uint16_t>(capacity_ - unread().size()); }

  // The peer was told next and window.
  void announced();

  // Half of the capacity has come since then.
  bool has_much_to_acknowledge() const;

  // There is that much more room than it knows of that it should be told.
  bool has_news_of_room() const;

 private:
  std::size_t capacity_;
  Sequence next_ = 0;
  std::string unread_;
  std::size_t read_ = 0;  // of unread_
  bool discards_ = false;
  Sequence announced_next_ = 0;
  Sequence announced_end_ = 0;
};

}  // namespace postern::adsp
