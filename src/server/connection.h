// SPDX-License-Identifier: ISC
//
// server/connection.h - one client: its stream, its session, and the answers it is owed.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/peer_address.h"
#include "net/loop.h"
#include "net/stream.h"
#include "policy/admission.h"
#include "server/auth_client.h"
#include "server/connection_table.h"
#include "server/deadlines.h"
#include "server/login.h"
#include "server/message_intake.h"
#include "server/service.h"
#include "server/session_board.h"
#include "server/session_log.h"
#include "smtp/server_session.h"

namespace postern::server {

// Carries octets between the stream and the session, and answers the session's events by what
// policy, the spool and the auth helper say.
class Connection final : public net::StreamObserver {
 public:
  enum class Purpose {
    serve,
    refuse,  // there are too many: say 421 and close
  };

  // service outlives the connection.  peer is the client; proxy, if there is one, who speaks for
  // it.
  Connection(ConnectionId id, ListenerService& service, UniqueFd fd, const PeerAddress& peer,
             const std::optional<PeerAddress>& proxy);

  // One of these, first of all.
  void serve(policy::Admission::Pass pass);
  void refuse(const mail::Reply& farewell);

  // Say goodbye as soon as no transaction is under way.
  void drain();
  // Say goodbye now; or, if the disk is at work for the client, as soon as the answer to its
  // message is known.
  void shut_down();

  // It is this connection's turn, which has waited in the HandshakeQueue.  False if it cannot.
  bool begin_handshake();

  // Late answers.
  void on_name(const IpAddress& address, const std::string& name);
  void on_verdict(AuthClient::Verdict verdict, std::chrono::steady_clock::time_point asked);
  void on_committed(const Result<void>& committed);

  Purpose purpose() const { return purpose_; }
  const ListenerService& service() const { return service_; }

  void on_input() override;
  void on_sent() override;
  void on_tls_started() override;
  void on_end(End end, std::string_view detail) override;

 private:
  enum class Phase {
    before_greeting,  // greet_delay runs; the client must not talk
    serving,
    before_tls,  // the 220 to STARTTLS is on its way out
    handshake,
    closing,    // the last reply is on its way out
    lingering,  // it has been sent; the client is given time to read it
    finished,
  };

  // Up to the greeting: connection_opening.cpp.
  void begin();
  void start_handshake();
  void open();
  void greet();
  void on_early_input();

  // Octets: connection.cpp.
  void advance();
  bool step();
  void send_replies();
  void apply_timeouts();
  void on_deadline(Wait wait);
  void time_out();
  void drop_input();
  void begin_closing();
  bool said_goodbye() const;  // the client has said QUIT
  void after_last_reply();
  void finish(std::string_view reason);
  void show(Activity activity);  // on the board of sessions
  void show_if_idle();           // what has ended a transaction need not say so

  // One for each event of the session: connection_login.cpp and connection_message.cpp.
  void on(const smtp::NeedInput&) {}
  void on(const smtp::TakeReplies&) { send_replies(); }
  void on(const smtp::Text&) {}  // dealt with before the input is consumed
  void on(const smtp::Closed&) { begin_closing(); }
  void on(const smtp::TlsRequested&);
  void on(const smtp::AuthRequested&);
  void on(const smtp::AuthResponded&);
  void on(const smtp::XclientRequested&);
  void on(const smtp::MailRequested&);
  void on(const smtp::RcptRequested&);
  void on(const smtp::DataRequested&);
  void on(const smtp::MessageEnded&);
  void on(const smtp::MessageAborted&);
  void on(const smtp::MessageDropped&) { intake_.reset(); }
  void take_text(std::string_view text);
  void refuse_message(const mail::Reply& refusal);
  bool withdraw_message();
  bool refuse_input_behind(std::string_view verb);
  void find_name();
  void set_name(const std::string& name);
  void answer_login(const std::optional<mail::Reply>& reply);
  void answer_verdict(const mail::Reply& reply);
  void count_login(AuthClient::Verdict verdict, std::chrono::steady_clock::duration passed) const;
  void answer_now(const mail::Reply& reply);

  policy::Client client() const { return {peer_, session_.is_authenticated()}; }
  mail::Reply verdict_on_sender(const smtp::Sender& sender);
  mail::Envelope envelope() const;

  const ConnectionId id_;
  ListenerService& service_;
  PeerAddress peer_;
  const std::optional<PeerAddress> proxy_;
  std::string name_;           // of peer_, by the DNS; empty if it is not known
  bool is_name_said_ = false;  // by XCLIENT, and so not to be looked up
  Purpose purpose_ = Purpose::serve;
  const std::string session_id_;
  const std::chrono::system_clock::time_point begun_ = std::chrono::system_clock::now();
  Phase phase_ = Phase::serving;
  std::optional<SessionEntry> entry_;
  Activity shown_ = Activity::opening;
  policy::Admission::Pass pass_;
  net::Stream stream_;
  smtp::ServerSession session_;
  Login login_;
  SessionLog log_;
  AuthClient::Ticket question_ = 0;                    // the last one; 0: none
  std::unique_ptr<MessageIntake> intake_;              // most connections are idle, and have none
  std::optional<spool::Committer::Ticket> submitted_;  // a message, and not answered yet
  std::string message_id_;
  Deadlines deadlines_;
  std::unique_ptr<net::Timer> timer_;  // of the phase, or of a failed login
  std::int64_t mail_time_ = 0;         // when the last MAIL came, seconds since 1970
  std::chrono::steady_clock::time_point mail_begun_{};  // the same
  std::uint32_t messages_begun_ = 0;
  std::uint32_t messages_accepted_ = 0;
  std::uint64_t lingered_octets_ = 0;
  bool peer_has_closed_ = false;
  bool draining_ = false;
  bool ends_with_answer_ = false;  // to the message that is being committed
  bool has_text_timeout_ = false;
  std::string reason_ = "quit";  // for the log: why the session ends
};

}  // namespace postern::server
