// SPDX-License-Identifier: ISC
//
// t/fuzz/session_fuzz.cpp - a whole session, whatever the client sends.
//
// The input chooses the size of the pieces, the listener, the limits and how events are answered;
// what the client sends follows.  The laws of the engine (src/README.md) hold at each step, and
// the session goes the same way however the input is cut.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "cut.h"
#include "smtp/server_session.h"

using namespace postern;
using namespace postern::smtp;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;

namespace {

namespace reply = mail::reply;

constexpr std::size_t max_unsent = 4096 + 1024;

struct Choices {
  Settings settings;
  Security security;
  bool refuses_text;
  std::size_t answers;
};

// "ddd text", "ddd-text", all of one reply with one code.
void check_replies(std::string_view replies) {
  require(replies.empty() || replies.ends_with("\r\n"));
  std::string_view code_of_more;
  while (!replies.empty()) {
    const std::size_t end = replies.find("\r\n");
    const std::string_view line = replies.substr(0, end);
    replies.remove_prefix(end + 2);
    require(line.size() >= 4 && line.size() <= 510);
    for (const char c : line) require(!is_control(c) && !is_eight_bit(c));
    require(line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]));
    require(line[3] == ' ' || line[3] == '-');
    require(code_of_more.empty() || code_of_more == line.substr(0, 3));
    code_of_more = line[3] == '-' ? line.substr(0, 3) : std::string_view();
  }
  require(code_of_more.empty());
}

// The world around one session; its record is what the client and the server's other parts see.
class World {
 public:
  explicit World(const Choices& choices)
      : choices_(choices), session_(choices.settings, "s1", choices.security) {
    session_.greet();
  }

  std::string play(const Pieces& pieces) {
    for (const std::string_view piece : pieces) {
      const PieceBuffer buffer(piece);
      std::string_view input = buffer.view();
      while (step(input)) {
      }
    }
    take_replies();
    return record_;
  }

 private:
  // Whether there is more to come of the input.
  bool step(std::string_view& input) {
    const std::string_view before = input;
    const Event event = session_.step(input);
    require(input.data() + input.size() == before.data() + before.size());
    require(session_.transaction().recipients().size() <= choices_.settings.limits.recipients);
    require(!std::holds_alternative<NeedInput>(event) || input.empty());
    std::visit([this](const auto& happened) { on(happened); }, event);
    require(!session_.owes_answer() && session_.helo().size() <= 255);
    return !std::holds_alternative<NeedInput>(event) && !std::holds_alternative<Closed>(event);
  }

  void on(const NeedInput&) {}
  void on(const TakeReplies&) { take_replies(); }
  void on(const Closed&) {
    take_replies();
    require(session_.is_closed());
  }
  void on(const TlsRequested&) {
    const bool accepted = next_choice() != 0;
    answer(accepted ? reply::ready_for_tls() : reply::auth_temporary());
    if (accepted && !session_.is_closed()) session_.tls_started();
  }
  void on(const AuthRequested& request) {
    require(request.mechanism.size() <= 5);
    answer_login();
  }
  void on(const AuthResponded&) { answer_login(); }
  void on(const MailRequested& request) {
    record_ += cat("mail ", request.sender.reverse_path.to_string(), "\n");
    answer(next_choice() != 0 ? reply::sender_ok() : reply::no_space());
  }
  void on(const RcptRequested& request) {
    record_ += cat("rcpt ", request.recipient.to_string(), "\n");
    answer(next_choice() != 0 ? reply::recipient_ok() : reply::relay_denied());
  }
  void on(const DataRequested&) {
    text_.clear();
    answer(next_choice() != 0 ? reply::start_text() : reply::local_failure());
  }
  void on(const Text& text) {
    require(!text.octets.empty() && session_.is_receiving_text() && !is_refused_);
    text_ += text.octets;
    require(text_.size() <= choices_.settings.limits.message_octets);
    if (choices_.refuses_text) session_.refuse_text(reply::too_many_hops());
    is_refused_ = choices_.refuses_text;
  }
  void on(const MessageAborted& aborted) { record_ += cat("aborted ", aborted.reply.line(), "\n"); }
  void on(const MessageEnded&) {
    require(!is_refused_ && session_.transaction().has_sender());
    record_ += cat("message ", text_, "\n");
    answer(next_choice() != 0 ? reply::queued("m1") : reply::local_failure());
  }

  void answer_login() {
    switch (next_choice()) {
      case 0: return answer(reply::auth_failed());
      case 1: return answer(reply::challenge("VXNlcm5hbWU6"));
      default: return answer(reply::auth_ok());
    }
  }

  void answer(const mail::Reply& reply) {
    require(session_.owes_answer());
    session_.answer(reply);
    is_refused_ = false;
  }

  // The answers depend on the number of the event alone, so each way to cut gets the same.  The
  // choice "a" accepts everything, "c" does so after challenges without end, "`" refuses.
  std::size_t next_choice() {
    ++events_;
    return (choices_.answers * 7 + events_ * 5 + choices_.answers / 16 * events_) % 4;
  }

  void take_replies() {
    const std::string replies = session_.take_replies();
    require(replies.size() <= max_unsent);
    check_replies(replies);
    record_ += replies;
  }

  const Choices& choices_;
  ServerSession session_;
  std::string record_;
  std::string text_;
  std::size_t events_ = 0;
  bool is_refused_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const std::size_t listener = input.choose(16);
  const std::uint32_t limit = input.choose(2) == 0 ? 1000 : 3;
  Choices choices{};
  choices.settings.hostname = "mail.example.org";
  choices.refuses_text = (listener & 8) != 0;
  // A text may be refused for its size or by the world; which comes first is a matter of pieces.
  choices.settings.limits = {choices.refuses_text ? 1000000U : limit * 10U, limit, limit, limit,
                             limit};
  choices.settings.offers_starttls = (listener & 1) == 0;
  choices.settings.mechanisms = (listener & 2) == 0 ? "PLAIN LOGIN" : "";
  choices.settings.auth_without_tls = true;
  choices.security = (listener & 4) == 0 ? Security::clear : Security::tls;
  choices.answers = input.choose(256);
  const std::string whole = World(choices).play({input.text()});
  require(whole == World(choices).play(test::pieces_of(input.text(), piece)));
  return 0;
}
