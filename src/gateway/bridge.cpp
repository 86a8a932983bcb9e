// SPDX-License-Identifier: ISC
//
// gateway/bridge.cpp - a connection of ADSP and a stream, which are one to those at their ends.

#include "gateway/bridge.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "gateway/end_name.h"

namespace postern::gateway {

namespace {

// So much may wait for the stream to take it; the rest waits in the connection.
constexpr std::size_t most_unsent = 16'384;

// From when one side has ended until the other one has taken the rest, and ends too.
constexpr std::chrono::minutes longest_rest{2};

}  // namespace

Bridge::Bridge(net::Loop& loop, adsp::Engine& engine, Id id, UniqueFd stream,
               std::function<void(Id)> on_change)
    : engine_(engine),
      id_(id),
      on_change_(std::move(on_change)),
      fd_(stream.get()),
      stream_(loop, std::move(stream), *this),
      patience_over_(loop, [this] {
        stream_state_ = StreamState::failed;
        if (failure_.empty()) failure_ = "the rest was not taken";
        on_change_(id_);
      }) {}

void Bridge::on_input() {
  has_come_ = true;
  on_change_(id_);
}

void Bridge::on_end(End end, std::string_view detail) {
  // The end of a stream that never was one is how libevent tells that nobody listens there.
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const bool is_connected =
      has_come_ || ::getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  const bool is_proper = end == End::closed_by_peer && is_connected;
  stream_state_ = is_proper ? StreamState::ended : StreamState::failed;
  if (!is_proper && failure_.empty()) {
    failure_ = is_connected ? detail : "no connection to the server";
  }
  wait_for_the_rest();
  on_change_(id_);
}

void Bridge::pump(adsp::Time now) {
  using State = adsp::Connection::State;
  const adsp::Connection* connection = engine_.find(id_);
  if (connection == nullptr || is_done_) return;
  carry_in(*connection, now);
  carry_out(*connection, now);
  if (stream_state_ == StreamState::failed) engine_.abort(id_, now);
  if (connection->state() == State::open && stream_state_ == StreamState::ended &&
      stream_.input().empty()) {
    engine_.close(id_, now);
  }
  if (connection->state() == State::ended) finish(*connection);
}

void Bridge::cut(adsp::Time now) {
  if (failure_.empty()) failure_ = "cut off";
  engine_.abort(id_, now);
  is_done_ = true;
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
void Bridge::carry_out(const adsp::Connection& connection, adsp::Time now) {
  while (!stream_.input().empty()) {
    const bool has_ended = connection.state() == adsp::Connection::State::ended;
    const std::size_t written =
        has_ended ? stream_.input().size() : engine_.write(id_, stream_.input(), now);
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
  if (is_proper && has_more) return wait_for_the_rest();
  if (is_proper && stream_state_ == StreamState::open) return say_goodbye();
  is_done_ = true;
}

// Closed at once, a Unix-domain socket with something in it that nobody has read would take from
// the server what it has not read either.
void Bridge::say_goodbye() {
  if (std::exchange(is_said_goodbye_, true)) return;
  stream_.shut_down_sending();
  wait_for_the_rest();
  on_change_(id_);
}

// Whoever takes nothing does not keep the channel.
void Bridge::wait_for_the_rest() {
  if (!std::exchange(is_waiting_, true)) patience_over_.start(longest_rest);
}

}  // namespace postern::gateway
