// SPDX-License-Identifier: ISC
//
// t/unit/session_driver.h - the world around a session, for tests.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/reply.h"
#include "smtp/server_session.h"

namespace postern::test {

// A listener with everything on offer and limits that a test does not meet by accident.
smtp::Settings usual_settings();

// What happens around one session.
struct Scene {
  smtp::Settings settings = usual_settings();
  smtp::Security security = smtp::Security::clear;
  bool may_xclient = false;
  std::int64_t begun = 1795000000;
  // To the events that are owed one, in their order; nothing, and none left: success.
  std::vector<std::optional<mail::Reply>> answers;
  std::optional<mail::Reply> text_refusal;  // given as soon as text comes
};

// Feeds a session, answers its events, and writes down what comes out, one line each:
//
//   S: 250 2.1.0 Sender OK          a line that the client gets
//   E: mail <alice@example.org>     an event and what it carries
//   M: Subject: x                   a line of a message, once the message is complete
//
// On the way it checks the laws of the engine that concern every step: what is consumed is a
// prefix, nothing is consumed without need, text is never copied, replies do not pile up.
class SessionDriver {
 public:
  // When events are answered: before the next octet is fed, or when finish is called.
  enum class Answers { at_once, late };

  SessionDriver(const Scene& scene, Answers answers);

  void greet();
  void feed(std::string_view piece);
  void finish();            // of this turn of the client's: gives late answers
  void finish_handshake();  // TLS is up

  // What was written down since the last call.
  std::string take_record();

  smtp::ServerSession& session() { return session_; }
  const std::string& input() const { return input_; }  // that is left over

 private:
  void advance();
  bool step();
  void answer();
  mail::Reply next_answer();
  void record_replies();
  void record(const smtp::Event& event);
  void take_text(std::string_view octets);
  void write_down(const std::string& line) { record_ += line + '\n'; }

  const Scene& scene_;
  Answers answers_;
  smtp::ServerSession session_;
  std::string input_;
  std::string record_;
  std::string text_;  // of the message that is coming
  std::size_t next_answer_ = 0;
  smtp::Event owed_;
  bool in_handshake_ = false;
  bool is_text_refused_ = false;
  bool is_over_ = false;
};

}  // namespace postern::test
