// SPDX-License-Identifier: ISC
//
// adsp/receive_side.cpp - what has come on a connection and was not read yet.

#include "adsp/receive_side.h"

#include <algorithm>
#include <cassert>

#include "adsp/packet.h"

namespace postern::adsp {

ReceiveSide::Taken ReceiveSide::take(Sequence first, std::string_view octets, bool ends_message) {
  const std::size_t numbers = octets.size() + (ends_message ? 1 : 0);
  if (numbers == 0) return Taken::nothing;
  const std::int32_t ahead = distance(next_, first);
  if (ahead > static_cast<std::int32_t>(capacity_)) return Taken::stray;
  if (ahead > 0) return Taken::early;
  const auto known = static_cast<std::size_t>(-static_cast<std::int64_t>(ahead));
  if (known >= numbers) return Taken::duplicate;
  octets.remove_prefix(std::min(known, octets.size()));
  const std::string_view fits = octets.substr(0, window());
  if (!discards_) unread_ += fits;
  next_ = advanced(next_, fits.size());
  if (fits.size() < octets.size()) return Taken::part;
  if (ends_message) ++next_;  // means nothing to a stream, and so takes no room
  return Taken::all;
}

void ReceiveSide::consume(std::size_t octets) {
  assert(octets <= unread().size());
  read_ += octets;
  // Moves what is left only when as much was read, so that many small reads stay cheap.
  if (read_ < unread_.size() - read_) return;
  unread_.erase(0, read_);
  read_ = 0;
}

void ReceiveSide::discard() {
  discards_ = true;
  unread_.clear();
  unread_.shrink_to_fit();
  read_ = 0;
}

bool ReceiveSide::reset(Sequence next) {
  const std::int32_t ahead = distance(next_, next);
  if (ahead < 0 || ahead > static_cast<std::int32_t>(window())) return false;
  next_ = next;
  unread_.clear();
  read_ = 0;
  return true;
}

void ReceiveSide::announced() {
  announced_next_ = next_;
  announced_end_ = advanced(next_, window());
}

bool ReceiveSide::has_much_to_acknowledge() const {
  return distance(announced_next_, next_) >= static_cast<std::int32_t>(capacity_ / 2);
}

bool ReceiveSide::has_news_of_room() const {
  const std::int32_t opened = distance(announced_end_, advanced(next_, window()));
  if (opened <= 0) return false;
  if (opened >= static_cast<std::int32_t>(capacity_ / 2)) return true;
  const auto packet = static_cast<std::int32_t>(Packet::most_octets);
  const bool is_blocked = distance(next_, announced_end_) < packet;
  return is_blocked && (opened >= packet || unread().empty());
}

}  // namespace postern::adsp
