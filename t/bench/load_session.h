// SPDX-License-Identifier: ISC
//
// t/bench/load_session.h - one session of the load generator, from its connection to QUIT.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "channel.h"
#include "load_plan.h"
#include "message_text.h"

namespace postern::bench {

using Clock = std::chrono::steady_clock;

// What sessions tell.
class LoadObserver {
 public:
  LoadObserver() = default;
  LoadObserver(const LoadObserver&) = delete;
  LoadObserver& operator=(const LoadObserver&) = delete;
  virtual ~LoadObserver() = default;

  // A message got its 250; waited: from the moment when all of it was written.
  virtual void on_message(const std::string& name, Clock::duration waited) = 0;

  virtual std::uint64_t next_number() = 0;
};

// Speaks as mail programs and relays do: MAIL, RCPT and DATA go together if the server allows it
// (RFC 2920), the text and its dot follow the 354, and QUIT the last 250.
class LoadSession {
 public:
  enum class State {
    closed,
    greeting,  // waits for it, connecting included
    ehlo,
    starttls,
    handshake,
    auth,
    envelope,
    text,
    quit,
    ending,  // has its 221 and waits for the end of the connection
    idle,    // has all it wants
  };

  LoadSession(const LoadPlan& plan, const MessageText& text, LoadObserver& observer,
              SSL_CTX* context)
      : plan_(plan), text_(text), observer_(observer), context_(context) {}

  // Begins to connect.  false if that failed.
  bool open(Clock::time_point now);
  void close();

  // Goes on as far as it can after an event of its descriptor.  false: the session is over, and
  // well if fault() is empty.
  bool advance(Clock::time_point now, bool is_ending);

  State state() const { return state_; }

  // What it waits for, in words.
  const char* expectation() const;
  int fd() const { return channel_.fd(); }
  Clock::time_point last_progress() const { return last_progress_; }
  bool was_refused() const { return was_refused_; }
  const std::string& fault() const { return fault_; }

 private:
  bool write();
  bool take_replies();
  bool take_reply(std::string_view line);
  bool on_reply();
  bool begin_handshake();
  void greet();
  void begin_messages();
  void send_envelope();
  void send_next_command();
  void send_text();
  void say(std::string_view command, State next);
  bool fail(std::string fault);

  const LoadPlan& plan_;
  const MessageText& text_;
  LoadObserver& observer_;
  SSL_CTX* context_;

  Channel channel_;
  State state_ = State::closed;
  std::string input_;
  Clock::time_point last_progress_;
  Clock::time_point now_;
  Clock::time_point sent_;  // when the end of the text was written
  bool is_sending_text_ = false;
  bool offers_pipelining_ = false;
  bool has_tls_ = false;
  bool was_refused_ = false;
  unsigned replies_ = 0;  // of an envelope, that have come
  unsigned messages_ = 0;
  std::uint64_t number_ = 0;
  std::string fault_;
};

}  // namespace postern::bench
