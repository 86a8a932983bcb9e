// SPDX-License-Identifier: ISC
//
// gateway/bridge.h - a connection of ADSP and a stream, which are one to those at their ends.

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "adsp/engine.h"
#include "base/unique_fd.h"
#include "net/loop.h"
#include "net/stream.h"

namespace postern::gateway {

// Carries octets both ways, at the pace of whoever takes them: what the stream does not take stays
// unread in the connection, whose window closes then, and the other way round.
//
// A stream that ends in a proper way closes the connection, once all of it has arrived there; a
// connection that its peer has closed ends the stream in the same manner.  Where one of them is cut
// off, the other one is too: a half of a message must not look like a whole one.
class Bridge final : private net::StreamObserver {
 public:
  using Id = adsp::Engine::Id;

  // engine outlives the bridge, which does not release its connection.  on_change is called when
  // pump is to be called soon, from within which nothing happens to the bridge.
  Bridge(net::Loop& loop, adsp::Engine& engine, Id id, UniqueFd stream,
         std::function<void(Id)> on_change);

  // For the stream alone: what goes in front of all that the peer says.
  void send(std::string_view octets) { stream_.send(octets); }

  // Moves what can be moved; to be called when something has changed on either side.
  void pump(adsp::Time now);

  // Ends both sides, whatever there is still to be said.
  void cut(adsp::Time now);

  // There is nothing more to be done; then it is of no use any more.
  bool is_done() const { return is_done_; }

  // Why, if it was not in order; empty: it was.
  const std::string& failure() const { return failure_; }

 private:
  enum class StreamState { open, ended, failed };

  void on_input() override;
  void on_sent() override { on_change_(id_); }
  void on_tls_started() override {}
  void on_end(End end, std::string_view detail) override;

  void carry_in(const adsp::Connection& connection, adsp::Time now);
  void carry_out(const adsp::Connection& connection, adsp::Time now);
  void finish(const adsp::Connection& connection);
  void say_goodbye();
  void wait_for_the_rest();

  adsp::Engine& engine_;
  Id id_;
  std::function<void(Id)> on_change_;
  int fd_;  // of the stream
  net::Stream stream_;
  StreamState stream_state_ = StreamState::open;
  net::Timer patience_over_;
  bool has_come_ = false;    // something from the stream
  bool is_waiting_ = false;  // for the end
  bool is_said_goodbye_ = false;
  bool is_done_ = false;
  std::string failure_;
};

}  // namespace postern::gateway
