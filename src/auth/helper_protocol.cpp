// SPDX-License-Identifier: ISC
//
// auth/helper_protocol.cpp - question and answer as octets.

#include "auth/helper_protocol.h"

namespace postern::auth {

namespace {

constexpr char question_mark = 'Q';
constexpr char answer_mark = 'A';
constexpr std::size_t ticket_octets = 8;
constexpr std::size_t length_octets = 2;

static_assert(1 + ticket_octets + 2 * (length_octets + max_credential) <= max_packet);

void append_number(std::string& packet, std::uint64_t number, std::size_t octets) {
  while (octets-- > 0) packet += static_cast<char>(number >> (8 * octets) & 0xff);
}

void append_text(std::string& packet, std::string_view text) {
  append_number(packet, text.size(), length_octets);
  packet += text;
}

// Takes a packet apart from its front.
class PacketReader {
 public:
  explicit PacketReader(std::string_view packet) : rest_(packet) {}

  std::optional<std::string_view> take(std::size_t octets) {
    if (rest_.size() < octets) return std::nullopt;
    const std::string_view front = rest_.substr(0, octets);
    rest_.remove_prefix(octets);
    return front;
  }

  bool take_mark(char mark) {
    const auto found = take(1);
    return found && found->front() == mark;
  }

  std::optional<std::uint64_t> take_number(std::size_t octets) {
    const auto digits = take(octets);
    if (!digits) return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : *digits) number = number << 8 | static_cast<unsigned char>(digit);
    return number;
  }

  std::optional<std::string_view> take_text() {
    const auto octets = take_number(length_octets);
    if (!octets) return std::nullopt;
    return take(*octets);
  }

  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<std::string> encode_question(const Question& question) {
  const auto& [name, password] = question.credentials;
  // Compared one by one, so that the sum cannot overflow.
  if (name.size() > max_packet || password.size() > max_packet) return std::nullopt;
  const std::size_t octets =
      1 + ticket_octets + length_octets + name.size() + length_octets + password.size();
  if (octets > max_packet) return std::nullopt;

  std::string packet;
  packet.reserve(octets);  // growing would leave copies of the password behind
  packet += question_mark;
  append_number(packet, question.ticket, ticket_octets);
  append_text(packet, name);
  append_text(packet, password);
  return packet;
}

std::optional<Question> decode_question(std::string_view packet) {
  if (packet.size() > max_packet) return std::nullopt;
  PacketReader reader(packet);
  if (!reader.take_mark(question_mark)) return std::nullopt;
  const auto ticket = reader.take_number(ticket_octets);
  const auto name = reader.take_text();
  const auto password = reader.take_text();
  if (!ticket || !name || !password || !reader.is_at_end()) return std::nullopt;
  return Question{*ticket, {std::string(*name), std::string(*password)}};
}

std::string encode_answer(const Answer& answer) {
  std::string packet;
  packet += answer_mark;
  append_number(packet, answer.ticket, ticket_octets);
  packet += answer.is_valid ? '1' : '0';
  return packet;
}

std::optional<Answer> decode_answer(std::string_view packet) {
  PacketReader reader(packet);
  if (!reader.take_mark(answer_mark)) return std::nullopt;
  const auto ticket = reader.take_number(ticket_octets);
  const auto verdict = reader.take(1);
  if (!ticket || !verdict || !reader.is_at_end()) return std::nullopt;
  if (*verdict != "0" && *verdict != "1") return std::nullopt;
  return Answer{*ticket, *verdict == "1"};
}

}  // namespace postern::auth
