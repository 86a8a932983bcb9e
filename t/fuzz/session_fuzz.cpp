// SPDX-License-Identifier: ISC
//
// t/fuzz/session_fuzz.cpp - a whole session, whatever the client sends.
//
// The input chooses the size of the pieces, the listener, the limits, the extensions and how the
// world answers; what the client sends follows.  The laws of the engine (src/README.md) hold at
// each step, each command has its one reply, the text of a message is what an independent reader
// makes of the same octets (client_side.h), and the session goes the same way however it is cut.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "client_side.h"
#include "cut.h"
#include "line_ends.h"
#include "replies.h"
#include "session_choices.h"
#include "smtp/server_session.h"

using namespace postern;
using namespace postern::smtp;
using postern::test::ClientSide;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;
using postern::test::SeenReply;
using postern::test::SessionChoices;

namespace {

namespace reply = mail::reply;

constexpr std::size_t max_unsent = 4096 + 1024;  // the engine's bound and one more reply

// ---- Replies

// Codes that only some verbs have.
struct Peculiar {
  std::string_view code;
  std::string_view verbs;
};
constexpr std::array peculiar{
    Peculiar{"214", "help"}, Peculiar{"220", "starttls xclient"},
    Peculiar{"221", "quit"}, Peculiar{"235", "auth response"},
    Peculiar{"252", "vrfy"}, Peculiar{"334", "auth response"},
    Peculiar{"354", "data"},
};

void check_code(const SeenReply& reply, std::string_view verb) {
  for (const Peculiar& row : peculiar) {
    if (row.code != reply.code) continue;
    require(!verb.empty() && row.verbs.find(verb) != std::string_view::npos);
  }
  const bool may_have_lines = verb == "ehlo" || verb == "lhlo";
  require(reply.lines == 1 || may_have_lines);
}

// ---- The world around one session

// Its record is what the client and the server's other parts see.
class World {
 public:
  explicit World(const SessionChoices& choices)
      : choices_(choices),
        session_({.settings = choices.settings,
                  .security = choices.security,
                  .may_xclient = choices.may_xclient,
                  .begun = 1795000000},
                 "s1"),
        security_(choices.security) {
    session_.greet();
    take_replies();
    require(replies_.size() == 1 && replies_.front().code == "220");
    replies_.clear();
  }

  std::string play(const Pieces& pieces) {
    for (const std::string_view piece : pieces) {
      const PieceBuffer buffer(piece);
      std::string_view input = buffer.view();
      while (step(input)) {
      }
    }
    return record_;
  }

 private:
  using Unit = ClientSide::Unit;
  using Kind = ClientSide::Kind;
  enum class Message { none, open, refused };

  // Whether there is more to come of the input.
  bool step(std::string_view& input) {
    const std::string_view before = input;
    const Event event = session_.step(input);
    require(input.data() + input.size() == before.data() + before.size());
    const std::string_view consumed = before.substr(0, before.size() - input.size());
    client_.take(consumed);
    take_replies();
    const bool is_over = std::holds_alternative<Closed>(event);
    const bool wants_more = std::holds_alternative<NeedInput>(event);
    if (session_.is_closed()) end(input);
    const bool has_more = session_.is_closed() && session_.has_work();
    if (!has_more && !std::holds_alternative<TakeReplies>(event)) settle();
    if (is_over || wants_more || session_.owes_answer()) check_all_replied();
    require(!wants_more || input.empty());
    require(!client_.must_be_closed() || session_.is_closed());
    if (const auto* text = std::get_if<Text>(&event)) check_view(text->octets, consumed);
    std::visit([this](const auto& happened) { on(happened); }, event);
    check_bounds();
    return !wants_more && !is_over;
  }

  void check_bounds() {
    const Limits& limits = choices_.settings.limits;
    require(!session_.owes_answer() && session_.helo().size() <= 255);
    require(session_.transaction().recipients().size() <= limits.recipients);
    require(limits.recipient_domains == 0 || domains_.size() <= limits.recipient_domains);
    require(limits.messages == 0 || messages_ <= limits.messages);
    require(session_.is_authenticated() == is_authenticated_ || session_.is_closed());
  }

  // Law 5: a view of the input, or of the CRLF that was cut in two.
  static void check_view(std::string_view text, std::string_view consumed) {
    const bool is_view = text.data() >= consumed.data() &&
                         text.data() + text.size() <= consumed.data() + consumed.size();
    require(!text.empty() && (is_view || text == "\r\n"));
  }

  // ---- Replies and what they are for

  void take_replies() {
    const std::string text = session_.take_replies();
    require(text.size() <= max_unsent);
    record_ += text;
    for (SeenReply& seen : test::read_replies(text)) {
      test::check_enhanced_code(seen, choices_.settings.extensions.enhanced_status_codes);
      replies_.push_back(std::move(seen));
    }
    for (Unit& unit : client_.take_units()) units_.push_back(std::move(unit));
  }

  void end(std::string_view input) {
    is_before_handshake_ =
        security_ == Security::clear && client_.is_between_units() && input.starts_with('\x16');
    client_.close();
    for (Unit& unit : client_.take_units()) units_.push_back(std::move(unit));
  }

  // Whatever has been replied to gets its replies.
  void settle() {
    while (!replies_.empty()) {
      if (units_.empty()) return settle_handshake();
      const Unit unit = std::move(units_.front());
      units_.pop_front();
      const SeenReply seen = next_reply();
      check_code(seen, unit.verb);
      if (is_of_message(unit, seen)) settle_message(unit, seen);
      if (unit.kind == Kind::cut_off && seen.code == "550") settle_copies(seen);
    }
  }

  // The one reply that nothing was consumed for.
  void settle_handshake() {
    require(is_before_handshake_ && next_reply().code == "421" && replies_.empty());
  }

  // But for the one that is owed an answer.
  void check_all_replied() {
    const bool is_owed = session_.owes_answer() && !client_.is_in_chunk();
    require(units_.size() == (is_owed ? 1 : 0));
  }

  static bool is_of_message(const Unit& unit, const SeenReply& seen) {
    if (seen.code == "421") return false;
    if (unit.kind == Kind::text) return true;
    const bool is_chunk = unit.kind == Kind::chunk || unit.kind == Kind::last_chunk;
    return is_chunk && seen.code != "502" && seen.code != "503";
  }

  void settle_message(const Unit& unit, const SeenReply& seen) {
    const bool is_last = unit.kind != Kind::chunk;
    require(!is_last || result_);
    const mail::Reply expected = result_ ? *result_ : reply::chunk_ok(unit.octets);
    const bool has_enhanced = choices_.settings.extensions.enhanced_status_codes;
    require(seen.code == std::to_string(expected.code) &&
            seen.text == (has_enhanced ? expected : unenhanced(expected)).line().substr(4));
    if (!is_last) return;
    result_.reset();
    message_ = Message::none;
    settle_copies(seen);
  }

  // RFC 2033 4.2.
  void settle_copies(const SeenReply& seen) {
    if (choices_.settings.protocol == Protocol::smtp) return;
    for (std::size_t i = 1; i < recipients_; ++i) require(next_reply() == seen);
  }

  static mail::Reply unenhanced(const mail::Reply& full) { return {full.code, "", full.text}; }
  SeenReply next_reply() {
    require(!replies_.empty());
    SeenReply seen = std::move(replies_.front());
    replies_.pop_front();
    return seen;
  }

  // ---- Events

  void on(const NeedInput&) {}
  void on(const TakeReplies&) {}
  void on(const Closed&) { require(session_.is_closed()); }
  void on(const TlsRequested&) {
    begin_answer("starttls");
    require(security_ == Security::clear && choices_.settings.offers_starttls);
    const bool accepts = next_choice() != 0;
    if (!answer(accepts ? reply::ready_for_tls() : reply::auth_temporary())) return;
    session_.tls_started();
    security_ = Security::tls;
    is_authenticated_ = false;
    check_forgotten();
  }
  void on(const XclientRequested& request) {
    begin_answer("xclient");
    require(choices_.may_xclient);
    const bool accepts = next_choice() != 0;
    if (!answer(accepts ? session_.greeting() : reply::local_failure())) return;
    const auto& login = request.facts.login;
    if (login.is_mentioned || (request.facts.address.is_mentioned && !has_xclient_login_)) {
      is_authenticated_ = login.value.has_value();
    }
    has_xclient_login_ |= login.is_mentioned;
    check_forgotten();
  }
  void on(const AuthRequested& request) {
    begin_answer("auth");
    require(request.mechanism.size() == 5 && !is_authenticated_);
    answer_login();
  }
  void on(const AuthResponded&) {
    begin_answer("response");
    answer_login();
  }
  void on(const MailRequested& request) {
    begin_answer("mail");
    message_ = Message::none;
    record_ += cat("mail ", request.sender.reverse_path.to_string(), "\n");
    if (!answer(next_choice() != 0 ? reply::sender_ok() : reply::no_space())) return;
    recipients_ = 0;
    domains_.clear();
    ++messages_;
  }
  void on(const RcptRequested& request) {
    begin_answer("rcpt");
    record_ += cat("rcpt ", request.recipient.address.to_string(), "\n");
    if (!answer(next_choice() != 0 ? reply::recipient_ok() : reply::relay_denied())) return;
    ++recipients_;
    domains_.insert(request.recipient.address.domain);
    require(session_.transaction().recipients().size() == recipients_);
  }
  void on(const DataRequested&) {
    const bool is_bdat = client_.last_verb() == "bdat";
    begin_answer(is_bdat ? "bdat" : "data");
    require(recipients_ > 0 && session_.transaction().recipients().size() == recipients_);
    text_.clear();
    result_.reset();
    message_ = Message::none;
    const bool accepts = next_choice() != 0;
    const mail::Reply given = accepts ? reply::start_text() : reply::local_failure();
    if (answer(given)) {
      message_ = Message::open;
      if (!is_bdat) client_.open_text();
    } else if (is_bdat) {
      refuse(given);
    }
  }
  void on(const Text& text) {
    require(message_ == Message::open && session_.is_in_text());
    text_ += text.octets;
    require(text_.size() <= choices_.settings.limits.message_octets);
    if (!choices_.refuses_text) return;
    session_.refuse_text(reply::too_many_hops());
    refuse(reply::too_many_hops());
  }
  void on(const MessageAborted& aborted) {
    require(message_ == Message::open || session_.is_closed());
    const bool is_too_big = client_.octets_of_text() > choices_.settings.limits.message_octets;
    require(aborted.reply.code != 552 || is_too_big);
    record_ += cat("aborted ", aborted.reply.line(), "\n");
    refuse(aborted.reply);
  }
  void on(const MessageDropped&) {
    require(message_ != Message::none && client_.is_between_units());
    const std::string& verb = client_.last_verb();
    require(verb == "rset" || verb == "ehlo" || verb == "lhlo" || verb == "helo");
    record_ += "dropped\n";
    message_ = Message::none;
    result_.reset();
  }
  void on(const MessageEnded&) {
    require(message_ == Message::open && session_.owes_answer() && client_.is_between_units());
    require(text_ == client_.text());
    const bool is_binary = session_.transaction().sender().body == mail::Body::binary_mime;
    require(is_binary || test::has_whole_line_ends(text_));
    record_ += cat("message ", session_.protocol(), " ", text_, "\n");
    message_ = Message::none;
    result_ = next_choice() != 0 ? reply::queued("m1") : reply::local_failure();
    answer(*result_);
  }

  // Law 1: nothing was consumed behind the command that asks.
  void begin_answer(std::string_view verb) {
    require(session_.owes_answer() && message_ != Message::open);
    require(client_.last_verb() == verb);
    require(client_.is_between_units() || client_.is_in_chunk());
    if (verb == "data" || verb == "bdat") client_.begin_message();
  }

  void refuse(const mail::Reply& refusal) {
    message_ = Message::refused;
    result_ = refusal;
    text_.clear();
  }

  // Law 3, and the same behind XCLIENT.
  void check_forgotten() {
    require(session_.helo().empty() && !session_.transaction().has_sender());
    require(session_.is_authenticated() == is_authenticated_ && session_.is_idle());
  }

  void answer_login() {
    switch (next_choice()) {
      case 0: answer(reply::auth_failed()); return;
      case 1:
        if (answer(reply::challenge("VXNlcm5hbWU6"))) client_.expect_response();
        return;
      default: is_authenticated_ = answer(reply::auth_ok()); has_xclient_login_ = false;
    }
  }

  // Whether the session goes on with success.
  bool answer(const mail::Reply& given) {
    require(session_.owes_answer());
    if (++answered_ == choices_.close_at) session_.close(reply::shutting_down("mail.example.org"));
    session_.answer(given);
    require(!session_.owes_answer());
    return given.is_positive() && !session_.is_closed();
  }

  // The answers depend on the number of the event alone, so each way to cut gets the same.  The
  // choice "a" accepts everything, "c" does so after challenges without end, "`" refuses.
  std::size_t next_choice() {
    ++events_;
    return (choices_.answers * 7 + events_ * 5 + choices_.answers / 16 * events_) % 4;
  }

  const SessionChoices& choices_;
  ServerSession session_;
  ClientSide client_;
  Security security_;
  std::string record_;
  std::deque<Unit> units_;         // that have no reply yet
  std::deque<SeenReply> replies_;  // to them
  Message message_ = Message::none;
  std::string text_;                   // of the message
  std::optional<mail::Reply> result_;  // what the client is to be told of it
  std::size_t recipients_ = 0;         // that were accepted
  std::set<std::string> domains_;      // of them
  std::size_t messages_ = 0;
  bool is_authenticated_ = false;
  bool has_xclient_login_ = false;
  bool is_before_handshake_ = false;  // of TLS, which no client may begin so
  std::size_t events_ = 0;
  std::size_t answered_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const SessionChoices choices(input);
  const std::string whole = World(choices).play({input.text()});
  require(whole == World(choices).play(test::pieces_of(input.text(), piece)));
  return 0;
}
