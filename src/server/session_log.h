// SPDX-License-Identifier: ISC
//
// server/session_log.h - what a session leaves in the log.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/peer_address.h"
#include "mail/reply.h"
#include "server/command_tally.h"
#include "server/login.h"
#include "server/traced_peers.h"
#include "smtp/server_session.h"
#include "smtp/transcript.h"

namespace postern::server {

// Writes the events of one session.  It hears every reply, and so sees to it that each refusal
// has its line with the address of the client, whoever has decided it; where the connection knows
// more than the reply says it writes the event itself, by one of the functions here, and the
// reply is then not written again.  Of a peer that is traced it writes the whole dialogue, but no
// secrets and no message text.
class SessionLog final : public smtp::Transcript {
 public:
  // Who the session is with, as it is at the moment of an event.  All outlive the log.
  struct Subject {
    const std::string& session_id;
    const PeerAddress& peer;
    const smtp::ServerSession& session;
    const Login& login;
  };

  // So many refusals for the time being, class 4, are written, then no more: they do not end the
  // session.
  SessionLog(const Subject& subject, const TracedPeers& traced, std::uint32_t most_temporary);

  void begin(const std::optional<PeerAddress>& proxy, std::string_view listener) const;
  void begin_tls(std::string_view description) const;
  void fail_tls(std::string_view reason) const;
  void change_client() const;                     // by XCLIENT
  void name_client(std::string_view name) const;  // what the DNS, or XCLIENT, calls it
  void log_in(std::string_view name) const;
  void refuse_login(std::string_view name, const mail::Reply& reply);
  void refuse_early_talker(const mail::Reply& reply);
  void refuse_input(const mail::Reply& reply);
  // message is its id.
  void refuse_message(std::string_view message, const mail::Reply& reply);
  // One that was whole, but whose client did not wait for the reply.
  void drop_message(std::string_view message) const;
  // The reply will say what the log has already.
  void expect(const mail::Reply& reply) { told_ = reply.code; }
  void take_text(std::string_view text) { text_octets_ += text.size(); }
  void end(std::uint32_t messages, std::string_view reason) const;

  void on_command(smtp::Verb verb, std::string_view line) override;
  void on_auth_response() override;
  void on_reply(std::string_view reply) override;

 private:
  std::string peer() const { return subject_.peer.to_string(); }
  std::string sender_now() const;
  std::string_view last_command() const;
  void refuse_by_reply(std::uint32_t code, std::string_view reply);
  void refuse_talker(std::string_view event, const mail::Reply& reply);
  void write_message_refusal(std::string_view message, std::string_view from,
                             std::string_view reply) const;
  void trace(std::string_view direction, std::string_view line) const;
  void trace_text();

  Subject subject_;
  const TracedPeers& traced_;
  std::uint32_t temporary_left_;
  CommandTally commands_;
  std::string from_;        // of the last MAIL, as it came
  std::string to_;          // of the last RCPT, until it is answered
  std::uint32_t told_ = 0;  // the code of a refusal that is written, but not yet said
  bool has_said_auth_ = false;
  std::uint64_t text_octets_ = 0;  // that the dialogue has yet to tell of
};

}  // namespace postern::server
