// SPDX-License-Identifier: ISC
//
// smtp/server_session.h - the server's side of one SMTP session, without I/O.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mail/reply.h"
#include "smtp/capabilities.h"
#include "smtp/chunk_decoder.h"
#include "smtp/command.h"
#include "smtp/data_decoder.h"
#include "smtp/event.h"
#include "smtp/line_reader.h"
#include "smtp/settings.h"
#include "smtp/transaction.h"
#include "smtp/transcript.h"

namespace postern::smtp {

// Speaks SMTP (RFC 5321 3.3, 4.3): octets in, events and replies out.  There is no socket, clock,
// thread or configuration file in it.
//
// 1. step consumes nothing past the event it returns.
// 2. While an answer is owed, step must not be called: unread input waits, and that is the flow
//    control.  Nothing of it is lost (RFC 2920 3.2).
// 3. So octets behind STARTTLS in the clear are "input left over" when TlsRequested comes: the
//    caller refuses and closes (RFC 3207 6).  tls_started forgets all that was said before.
// 4. Memory is bounded: one line, the recipients, the replies.
// 5. Text is never copied: Text events are views into the input.
// 6. The events and replies are the same however the input is split.
class ServerSession {
 public:
  // begun.settings outlives the session.
  ServerSession(const Situation& begun, std::string session_id);

  // Tells transcript, which outlives the session, of all that is said from now on.
  void keep(Transcript& transcript) { transcript_ = &transcript; }

  void greet();  // the 220; first of all, once (RFC 5321 3.1)
  mail::Reply greeting() const;

  Event step(std::string_view& input);

  // The reply to the event that is owed one.  What the session does next follows from its code:
  // 2yz is success, 220 (TLS), 334 (AUTH) and 354 (DATA) go on, anything else is a refusal.
  void answer(const mail::Reply& reply);
  bool owes_answer() const { return owed_ != Owed::nothing; }

  // While text comes: drop the rest of it, and give this reply at its end.
  void refuse_text(const mail::Reply& reply);

  // TLS is up, after TlsRequested was answered with 220.
  void tls_started();

  // Ends the session with reply (421, 554), from outside: timeout, shutdown.
  void close(const mail::Reply& reply);
  bool is_closed() const { return state_ == State::closed; }

  // The last reply of a closed session: 221 if the client wanted it so.
  const mail::Reply& farewell() const { return farewell_; }

  // Replies to send, in wire form; they are then no longer here.  While has_work there are more.
  std::string take_replies();

  const Transaction& transaction() const { return transaction_; }
  const std::string& helo() const { return helo_; }
  bool is_authenticated() const { return now_.is_authenticated; }

  // No transaction is under way: this is a good moment to say goodbye.
  bool is_idle() const {
    return (state_ == State::connected || state_ == State::ready) && !has_work();
  }
  // step has something to do even without input.
  bool has_work() const { return copies_ > 0 || (state_ == State::chunk && chunks_.is_complete()); }
  // The text of a message comes, or more chunks of it may.
  bool is_in_text() const {
    return state_ == State::text || state_ == State::chunk || state_ == State::chunks;
  }
  // A command is to come, or the rest of one.
  bool is_awaiting_command() const { return state_ != State::text && state_ != State::chunk; }

  // The "with" of Received: "ESMTPSA", "UTF8SMTPS", "LMTP", ... (RFC 3848, RFC 4954 7, RFC
  // 6531 4.3).
  std::string protocol() const;

  // Replies of class 5 so far, for the log.
  std::uint32_t errors() const { return errors_; }

 private:
  enum class State {
    connected,
    ready,
    mail,
    rcpt,
    text,    // behind DATA
    chunk,   // the octets behind a BDAT
    chunks,  // between two of a message
    auth,
    tls_handshake,
    closed
  };
  enum class Owed { nothing, tls, auth, xclient, mail, rcpt, data, first_chunk, message };
  struct Rule;

  // What one BDAT said.
  struct Chunk {
    std::uint64_t octets = 0;
    bool is_last = false;
    State behind = State::chunks;        // where the session goes on
    std::optional<mail::Reply> refusal;  // of a chunk that belongs to no message
  };

  static const Rule* find_rule(Verb verb);

  std::optional<Event> step_state(std::string_view& input);
  std::optional<Event> step_line(std::string_view& input);
  std::optional<Event> step_text(std::string_view& input);
  std::optional<Event> step_chunk(std::string_view& input);
  std::optional<Event> on_line(std::string_view line);
  std::optional<Event> on_command(const Command& command);
  std::optional<Event> on_auth_line(std::string_view line);

  std::optional<Event> on_ehlo(const Command& command);
  std::optional<Event> on_helo(const Command& command);
  std::optional<Event> on_lhlo(const Command& command);
  std::optional<Event> on_starttls(const Command& command);
  std::optional<Event> on_auth(const Command& command);
  std::optional<Event> on_xclient(const Command& command);
  std::optional<Event> on_mail(const Command& command);
  std::optional<Event> on_rcpt(const Command& command);
  std::optional<Event> on_data(const Command& command);
  std::optional<Event> on_bdat(const Command& command);
  std::optional<Event> on_rset(const Command& command);
  std::optional<Event> on_noop(const Command& command);
  std::optional<Event> on_vrfy(const Command& command);
  std::optional<Event> on_help(const Command& command);
  std::optional<Event> on_not_implemented(const Command& command);
  std::optional<Event> on_not_smtp(const Command& command);
  std::optional<Event> on_quit(const Command& command);

  std::optional<Event> greeted(std::string_view name, Dialect dialect);
  std::optional<Event> drop_transaction();
  std::optional<Event> refuse_recipient(const mail::Reply& reply);
  std::optional<mail::Reply> refusal_of_chunk() const;
  std::optional<Event> text_ended();
  std::optional<Event> chunk_ended();
  std::optional<Event> bare_line_end_in_text();
  std::optional<Event> abort_text(const mail::Reply& refusal);
  void follow(Owed owed, const mail::Reply& reply);
  void follow_xclient(const mail::Reply& reply);
  void follow_first_chunk(const mail::Reply& reply);
  void follow_message(const mail::Reply& reply);
  void begin_text();
  void begin_anew();
  void end_transaction();
  std::optional<Event> say(const mail::Reply& reply);
  void say_result(mail::Reply reply);  // by value: it may be the text_refusal_ that goes
  void put(const mail::Reply& reply);
  void put_copies();
  void append(const mail::Reply& reply);
  void emit(std::string_view wire);
  std::string wire(const mail::Reply& reply) const;
  Event owe(Owed owed, Event event);

  const Settings& settings() const { return now_.settings; }

  Situation now_;
  std::string id_;
  Transcript* transcript_ = nullptr;
  State state_ = State::connected;
  Owed owed_ = Owed::nothing;
  std::string helo_;
  std::unique_ptr<ClientFacts> offered_facts_;  // owed an answer; rare, so not in place
  bool has_xclient_login_ = false;              // is_authenticated says what XCLIENT has said
  std::string xclient_helo_;                    // stands for what the client says itself
  std::string replies_;
  std::string result_;           // of an LMTP message, in wire form, to be repeated
  std::size_t copies_ = 0;       // for so many recipients more
  bool farewell_waits_ = false;  // behind the copies
  mail::Reply farewell_;
  LineReader lines_;
  Transaction transaction_;
  DataDecoder text_{0};
  ChunkDecoder chunks_{0, ChunkDecoder::Form::lines};
  Chunk chunk_;
  std::optional<mail::Reply> text_refusal_;  // to give when the text has ended
  std::unique_ptr<Sender> offered_sender_;   // owed an answer
  std::optional<mail::Recipient> offered_recipient_;
  std::uint32_t messages_ = 0;            // begun by MAIL
  std::uint32_t refused_recipients_ = 0;  // of this message, since there are too many
  std::uint32_t errors_ = 0;
  std::uint32_t idle_commands_ = 0;
  std::uint32_t auth_failures_ = 0;
};

}  // namespace postern::smtp
