// SPDX-License-Identifier: ISC
//
// gateway/bridge.cpp - a connection of ADSP and a stream, which are one to those at their ends.

#include "gateway/bridge.h"

#include <algorithm>
#include <utility>

#include "gateway/end_name.h"

namespace postern::gateway {

namespace {

// So much may wait for the stream to take it; the rest waits in the connection.
constexpr std::size_t most_unsent = 16'384;

// A server that does not close a stream which is at its end is not waited for.
constexpr std::chrono::seconds longest_goodbye{60};

}  // namespace

Bridge::Bridge(net::Loop& loop, adsp::Engine& engine, Id id, UniqueFd stream,
               std::function<void(Id)> on_change)
    : engine_(engine),
      id_(id),
      on_change_(std::move(on_change)),
      stream_(loop, std::move(stream), *this),
      goodbye_over_(loop, [this] {
        stream_state_ = StreamState::failed;
        on_change_(id_);
      }) {}

void Bridge::on_end(End end, std::string_view detail) {
  stream_state_ = end == End::closed_by_peer ? StreamState::ended : StreamState::failed;
  if (stream_state_ == StreamState::failed && failure_.empty()) failure_ = detail;
  on_change_(id_);
}

void Bridge::pump(adsp::Time now) {
  const adsp::Connection* connection = engine_.find(id_);
  if (connection == nullptr || is_done_) return;
  carry_in(*connection, now);
  carry_out(now);
  if (connection->state() == adsp::Connection::State::open) {
    if (stream_state_ == StreamState::failed) engine_.abort(id_, now);
    if (stream_state_ == StreamState::ended && stream_.input().empty()) engine_.close(id_, now);
  }
  if (connection->state() == adsp::Connection::State::ended) finish(*connection);
}

void Bridge::carry_in(const adsp::Connection& connection, adsp::Time now) {
  if (stream_state_ == StreamState::failed) return;
  while (!connection.unread().empty() && stream_.unsent() < most_unsent) {
    const std::size_t size = std::min(connection.unread().size(), most_unsent - stream_.unsent());
    stream_.send(connection.unread().substr(0, size));
    engine_.consume(id_, size, now);
  }
}

// What comes when nobody is there to read it is thrown away, lest the server waits.
void Bridge::carry_out(adsp::Time now) {
  while (!stream_.input().empty()) {
    const std::size_t written =
        is_said_goodbye_ ? stream_.input().size() : engine_.write(id_, stream_.input(), now);
    if (written == 0) return;
    stream_.consume(written);
  }
}

void Bridge::finish(const adsp::Connection& connection) {
  const auto end = connection.end();
  const bool is_proper =
      end == adsp::Connection::End::closed || end == adsp::Connection::End::peer_closed;
  if (!is_proper && failure_.empty()) failure_ = describe(end);
  const bool has_more = stream_state_ != StreamState::failed &&
                        (!connection.unread().empty() || stream_.unsent() > 0);
  if (is_proper && has_more) return;
  if (is_proper && stream_state_ == StreamState::open) return say_goodbye();
  is_done_ = true;
}

// Closed at once, a Unix-domain socket with something in it that nobody has read would take from
// the server what it has not read either.
void Bridge::say_goodbye() {
  if (std::exchange(is_said_goodbye_, true)) return;
  stream_.shut_down_sending();
  goodbye_over_.start(longest_goodbye);
  on_change_(id_);
}

}  // namespace postern::gateway
