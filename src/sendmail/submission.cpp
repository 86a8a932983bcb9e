// SPDX-License-Identifier: ISC
//
// sendmail/submission.cpp - one message, from the greeting to the server's word for it.

#include "sendmail/submission.h"

#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "base/text.h"
#include "mail/dsn.h"
#include "mail/xtext.h"
#include "sendmail/dot_stuffer.h"
#include "sendmail/exit_status.h"

namespace postern::sendmail {

namespace {

tl::unexpected<Failure> failed(const Error& error) {
  return tl::unexpected(Failure{exit_status_of(error), error.message()});
}

tl::unexpected<Failure> refused(std::string_view what, const ServerReply& reply, Stage stage) {
  return tl::unexpected(
      Failure{exit_status_of(reply, stage), cat(what, ": ", printable(reply.text(), 1000))});
}

// What the server announces (RFC 5321 4.1.1.1).
class Offer {
 public:
  explicit Offer(const ServerReply& reply) : lines_(reply.lines) {}

  std::string_view server_name() const { return word(lines_.front()); }

  bool has(std::string_view keyword) const {
    return std::any_of(lines_.begin() + 1, lines_.end(),
                       [keyword](const std::string& line) { return iequals(word(line), keyword); });
  }

 private:
  static std::string_view word(std::string_view line) { return line.substr(0, line.find(' ')); }

  std::vector<std::string> lines_;
};

// The part of the dialogue in front of the text, which verify() has too.
class Opening {
 public:
  Opening(SmtpClient& client, const Envelope& envelope) : client_(client), envelope_(envelope) {}

  Outcome greet() {
    if (auto reply = must(client_.read_reply(), "the greeting", Stage::other); !reply) {
      return tl::unexpected(std::move(reply.error()));
    }
    auto reply = must(client_.command("EHLO localhost"), "EHLO", Stage::other);
    if (!reply) return tl::unexpected(std::move(reply.error()));
    offer_ = Offer{*reply};
    return {};
  }

  Outcome say_sender(std::string_view parameters) {
    const std::string address = sender().to_string();
    return say(cat("MAIL FROM:<", address, ">", parameters), cat("sender <", address, ">"),
               Stage::sender);
  }

  Outcome say_recipient(const mail::Mailbox& recipient, std::string_view parameters) {
    const std::string address = recipient.to_string();
    return say(cat("RCPT TO:<", address, ">", parameters), cat("recipient <", address, ">"),
               Stage::recipient);
  }

  Outcome say(std::string_view line, std::string_view what, Stage stage) {
    auto reply = must(client_.command(line), what, stage);
    if (!reply) return tl::unexpected(std::move(reply.error()));
    return {};
  }

  bool offers(std::string_view keyword) const { return offer_->has(keyword); }

  mail::Mailbox sender() const {
    return envelope_.sender ? with_domain(*envelope_.sender) : author();
  }

  mail::Mailbox author() const { return with_domain({envelope_.author.login, ""}); }

  // In order, each of them once.
  std::vector<mail::Mailbox> recipients() const {
    std::vector<mail::Mailbox> all;
    std::set<std::string> known;
    for (const mail::Mailbox& recipient : envelope_.recipients) {
      mail::Mailbox complete = with_domain(recipient);
      if (known.insert(complete.to_string()).second) all.push_back(std::move(complete));
    }
    return all;
  }

 private:
  static tl::expected<ServerReply, Failure> must(Result<ServerReply> reply, std::string_view what,
                                                 Stage stage) {
    if (!reply) return failed(reply.error());
    if (!reply->is_positive()) return refused(what, *reply, stage);
    return std::move(*reply);
  }

  mail::Mailbox with_domain(mail::Mailbox mailbox) const {
    if (!mailbox.domain.empty() || mailbox.is_null()) return mailbox;
    mailbox.domain = envelope_.domain.empty() ? offer_->server_name() : envelope_.domain;
    return mailbox;
  }

  SmtpClient& client_;
  const Envelope& envelope_;
  std::optional<Offer> offer_;
};

// A whole message on its way.
class Passage {
 public:
  Passage(SmtpClient& client, const Envelope& envelope, const Options& options, Draft& draft)
      : client_(client),
        envelope_(envelope),
        options_(options),
        draft_(draft),
        opening_(client, envelope) {}

  Outcome run() {
    if (auto greeted = opening_.greet(); !greeted) return greeted;
    header_ = cat(sent_text(draft_.fields()), missing_from(), "\r\n");
    if (auto said = opening_.say_sender(parameters_of_sender()); !said) return said;
    for (const mail::Mailbox& recipient : opening_.recipients()) {
      if (auto said = opening_.say_recipient(recipient, parameters_of_recipient()); !said) {
        return said;
      }
    }
    if (auto said = opening_.say("DATA", "DATA", Stage::other); !said) return said;
    if (auto said = say_text(); !said) return said;
    (void)client_.command("QUIT");  // the message is the server's, whatever it answers
    return {};
  }

 private:
  // RFC 5322 3.6: the one field that has to be there and that the server does not add.
  std::string missing_from() const {
    if (has_field(draft_.fields(), "from")) return {};
    const mail::Mailbox sender = opening_.sender();
    return from_field(options_.full_name.value_or(envelope_.author.full_name),
                      sender.is_null() ? opening_.author() : sender);
  }

  bool is_eight_bit() const {
    return options_.is_eight_bit || draft_.is_body_eight_bit() || has_eight_bit(header_);
  }

  // RFC 6531 3.4: not every header that is beyond ASCII is UTF-8; what it is then, the server
  // knows.
  bool needs_smtputf8() const {
    const auto is_beyond_ascii = [](const mail::Mailbox& mailbox) {
      return has_eight_bit(mailbox.local_part);
    };
    const auto recipients = opening_.recipients();
    return (has_eight_bit(header_) && is_utf8(header_)) || is_beyond_ascii(opening_.sender()) ||
           std::any_of(recipients.begin(), recipients.end(), is_beyond_ascii);
  }

  std::string parameters_of_sender() const {
    std::string out;
    if (opening_.offers("SIZE")) out += cat(" SIZE=", header_.size() + draft_.body().octets());
    if (is_eight_bit() && opening_.offers("8BITMIME")) out += " BODY=8BITMIME";
    if (needs_smtputf8() && opening_.offers("SMTPUTF8")) out += " SMTPUTF8";
    if (!opening_.offers("DSN")) return out;
    if (options_.ret) out += options_.ret == mail::Return::full ? " RET=FULL" : " RET=HDRS";
    if (!options_.envelope_id.empty()) {
      out += cat(" ENVID=", mail::encode_xtext(options_.envelope_id));
    }
    return out;
  }

  std::string parameters_of_recipient() const {
    if (!options_.notify || !opening_.offers("DSN")) return {};
    return cat(" NOTIFY=", mail::format_notify(*options_.notify));
  }

  Outcome say_text() {
    auto sent = client_.send(stuffer_.stuff(header_));
    while (sent) {
      const auto piece = draft_.body().next();
      // Without the end that the server waits for, it forgets what it has of the text.
      if (!piece) return failed(piece.error());
      if (piece->empty()) break;
      sent = client_.send(stuffer_.stuff(*piece));
    }
    if (!sent) {
      const auto reply = client_.read_reply();
      return reply && !reply->is_positive() ? refused("the message", *reply, Stage::other)
                                            : failed(sent.error());
    }
    return opening_.say(".", "the message", Stage::other);
  }

  SmtpClient& client_;
  const Envelope& envelope_;
  const Options& options_;
  Draft& draft_;
  Opening opening_;
  DotStuffer stuffer_;
  std::string header_;  // with the empty line behind it
};

}  // namespace

Outcome submit(SmtpClient& client, const Envelope& envelope, const Options& options, Draft& draft) {
  return Passage{client, envelope, options, draft}.run();
}

Outcome verify(SmtpClient& client, const Envelope& envelope) {
  Opening opening{client, envelope};
  if (auto greeted = opening.greet(); !greeted) return greeted;
  if (auto said = opening.say_sender(""); !said) return said;
  Outcome outcome;
  for (const mail::Mailbox& recipient : opening.recipients()) {
    const auto said = opening.say_recipient(recipient, "");
    std::printf("%s: %s\n", printable(recipient.to_string()).c_str(),
                said ? "deliverable" : said.error().what.c_str());
    if (!said && outcome) outcome = said;
  }
  (void)client.command("QUIT");
  return outcome;
}

}  // namespace postern::sendmail
