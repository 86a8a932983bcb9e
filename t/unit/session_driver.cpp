// SPDX-License-Identifier: ISC
//
// t/unit/session_driver.cpp - the world around a session, for tests.

#include "session_driver.h"

#include <utility>
#include <variant>

#include "base/text.h"
#include "mail/dsn.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

namespace postern::test {

namespace reply = mail::reply;

namespace {

// What may wait unsent: the engine's bound and one more reply.
constexpr std::size_t max_unsent = 4096 + 1024;

std::string_view name_of(mail::Body body) {
  switch (body) {
    case mail::Body::seven_bit: return "";
    case mail::Body::eight_bit_mime: return " body=8BITMIME";
    case mail::Body::binary_mime: return " body=BINARYMIME";
  }
  return "";
}

// An event as one line, and the answer that lets the session go on where it is owed one.
struct Described {
  std::string line;  // empty: nothing to write down
  std::optional<mail::Reply> usual_answer;
};

Described describe(const smtp::TlsRequested&) {
  return {"tls", reply::ready_for_tls()};
}
Described describe(const smtp::AuthRequested& request) {
  const std::string response =
      request.response ? cat(" (", printable(*request.response), ")") : std::string();
  return {cat("auth ", request.mechanism, response), reply::auth_ok()};
}
Described describe(const smtp::AuthResponded& response) {
  return {cat("response (", printable(response.response), ")"), reply::auth_ok()};
}
Described describe(const smtp::XclientRequested& request) {
  const smtp::ClientFacts& facts = request.facts;
  std::string line = "xclient";
  if (facts.address.value) line += cat(" address=", facts.address.value->to_string());
  if (facts.login.value) line += cat(" login=", *facts.login.value);
  return {line, reply::greeting("mail.example.org", "ESMTP", "s1")};
}
Described describe(const smtp::MailRequested& request) {
  const smtp::Sender& sender = request.sender;
  std::string line =
      cat("mail <", printable(sender.reverse_path.to_string()), ">", name_of(sender.body));
  if (sender.smtputf8) line += " smtputf8";
  if (sender.declared_octets) line += cat(" size=", *sender.declared_octets);
  if (sender.ret) line += *sender.ret == mail::Return::full ? " ret=FULL" : " ret=HDRS";
  if (!sender.envelope_id.empty()) line += cat(" envid=", sender.envelope_id);
  if (sender.require_tls) line += " requiretls";
  if (sender.hold_for) line += cat(" holdfor=", *sender.hold_for);
  if (sender.hold_until) line += cat(" holduntil=", *sender.hold_until);
  if (sender.by) {
    line += cat(" by=", sender.by->seconds, sender.by->mode == mail::ByMode::notify ? ";N" : ";R",
                sender.by->trace ? "T" : "");
  }
  if (sender.priority) line += cat(" priority=", *sender.priority);
  if (!sender.submitter.empty()) line += cat(" submitter=", sender.submitter);
  return {line, reply::sender_ok()};
}
Described describe(const smtp::RcptRequested& request) {
  const mail::Recipient& recipient = request.recipient;
  std::string line = cat("rcpt <", printable(recipient.address.to_string()), ">");
  if (recipient.notify) line += cat(" notify=", mail::format_notify(*recipient.notify));
  if (recipient.original) {
    line += cat(" orcpt=", mail::format_original_recipient(*recipient.original));
  }
  return {line, reply::recipient_ok()};
}
Described describe(const smtp::DataRequested&) {
  return {"data", reply::start_text()};
}
Described describe(const smtp::MessageEnded&) {
  return {"message", reply::queued("m1")};
}
Described describe(const smtp::MessageAborted& aborted) {
  return {cat("aborted ", aborted.reply.line()), std::nullopt};
}
Described describe(const smtp::MessageDropped&) {
  return {"dropped", std::nullopt};
}
Described describe(const smtp::Closed&) {
  return {"closed", std::nullopt};
}
template <typename Other>
Described describe(const Other&) {
  return {};
}

Described describe_any(const smtp::Event& event) {
  return std::visit([](const auto& happened) { return describe(happened); }, event);
}

// Law 5: a view of the input, or of the CRLF that was cut in two.
void check_text(std::string_view text, std::string_view consumed) {
  CHECK_TEXT(!text.empty(), "text is never empty");
  const bool is_view = text.data() >= consumed.data() &&
                       text.data() + text.size() <= consumed.data() + consumed.size();
  CHECK_TEXT(is_view || text == "\r\n", "text is a view of the input that was consumed");
}

}  // namespace

smtp::Settings usual_settings() {
  smtp::Settings settings{};
  settings.hostname = "mail.example.org";
  settings.limits = {.message_octets = 10000,
                     .recipients = 100,
                     .errors = 100,
                     .idle_commands = 100,
                     .auth_failures = 10};
  settings.offers_starttls = true;
  settings.mechanisms = "PLAIN LOGIN";
  settings.auth_without_tls = true;
  return settings;
}

SessionDriver::SessionDriver(const Scene& scene, Answers answers)
    : scene_(scene),
      answers_(answers),
      session_({.settings = scene.settings,
                .security = scene.security,
                .may_xclient = scene.may_xclient,
                .begun = scene.begun},
               "s1") {}

void SessionDriver::greet() {
  session_.greet();
  record_replies();
}

void SessionDriver::feed(std::string_view piece) {
  if (is_over_) return;
  input_ += piece;
  advance();
}

void SessionDriver::finish() {
  while (session_.owes_answer() && !session_.is_closed()) {
    answer();
    advance();
  }
}

void SessionDriver::finish_handshake() {
  in_handshake_ = false;
  session_.tls_started();
  advance();
}

std::string SessionDriver::take_record() {
  return std::exchange(record_, {});
}

void SessionDriver::advance() {
  while (!session_.owes_answer() && step()) {
    if (session_.owes_answer() && answers_ == Answers::at_once) answer();
  }
}

// Whether another step may bring something.
bool SessionDriver::step() {
  const PieceBuffer buffer(input_);  // another one for each step: views into it must not be kept
  std::string_view rest = buffer.view();
  const smtp::Event event = session_.step(rest);
  CHECK_TEXT(rest.data() + rest.size() == buffer.view().data() + buffer.view().size(),
             "what is left over is the end of the input");
  const std::string_view consumed = buffer.view().substr(0, buffer.view().size() - rest.size());
  if (const auto* text = std::get_if<smtp::Text>(&event)) check_text(text->octets, consumed);
  CHECK_TEXT(session_.transaction().recipients().size() <= scene_.settings.limits.recipients,
             "recipients are bounded");
  record_replies();
  record(event);
  input_ = rest;
  is_over_ = std::holds_alternative<smtp::Closed>(event);
  if (is_over_) return false;
  const bool wants_more = std::holds_alternative<smtp::NeedInput>(event);
  CHECK_TEXT(!wants_more || input_.empty() || in_handshake_,
             "no input is needed while there is some");
  return !wants_more;
}

void SessionDriver::answer() {
  const bool tls = std::holds_alternative<smtp::TlsRequested>(owed_);
  if (tls && !input_.empty()) {  // as every caller must: law 3 of the engine
    session_.close(reply::input_behind("STARTTLS"));
    record_replies();
    return;
  }
  const mail::Reply reply = next_answer();
  session_.answer(reply);
  in_handshake_ = tls && reply.is_positive();
  record_replies();
}

mail::Reply SessionDriver::next_answer() {
  const std::size_t i = next_answer_++;
  if (i < scene_.answers.size() && scene_.answers[i]) return *scene_.answers[i];
  return *describe_any(owed_).usual_answer;
}

void SessionDriver::record_replies() {
  const std::string replies = session_.take_replies();
  CHECK_TEXT(replies.size() <= max_unsent, "replies are bounded");
  CHECK_TEXT(replies.empty() || replies.ends_with("\r\n"), "replies are whole lines");
  for (const std::string_view line : split_lines(replies)) write_down(cat("S: ", line));
}

void SessionDriver::record(const smtp::Event& event) {
  const Described described = describe_any(event);
  CHECK_TEXT(described.usual_answer.has_value() == session_.owes_answer(),
             "an answer is owed to the events that want one, and to no others");
  if (described.usual_answer) owed_ = event;
  if (const auto* text = std::get_if<smtp::Text>(&event)) take_text(text->octets);
  if (std::holds_alternative<smtp::DataRequested>(event)) is_text_refused_ = false;
  if (std::holds_alternative<smtp::MessageDropped>(event)) text_.clear();
  if (std::holds_alternative<smtp::MessageAborted>(event)) {
    is_text_refused_ = true;
    text_.clear();
  }
  if (std::holds_alternative<smtp::MessageEnded>(event)) {
    for (const std::string_view line : split_lines(text_)) {
      write_down(line.empty() ? "M:" : cat("M: ", printable(line, line.size())));
    }
    text_.clear();
  }
  if (!described.line.empty()) write_down(cat("E: ", described.line));
}

void SessionDriver::take_text(std::string_view octets) {
  CHECK_TEXT(!is_text_refused_, "text that was refused is not given out");
  text_ += octets;
  if (!scene_.text_refusal) return;
  session_.refuse_text(*scene_.text_refusal);
  is_text_refused_ = true;
  text_.clear();
}

}  // namespace postern::test
