// SPDX-License-Identifier: ISC
//
// smtp/server_session_text.cpp - the text of a message: DATA, BDAT, and what becomes of it.
//
// Behind BDAT come as many octets as it says, whatever the session thinks of them: they are taken
// and dropped where they have no place, so that what follows is always read as a command.

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/text.h"
#include "smtp/server_session.h"

namespace postern::smtp {

namespace reply = mail::reply;
using mail::Reply;

namespace {

// Replies of LMTP that are written at once; the caller takes them before there are more.
constexpr std::size_t max_copies_at_once = 2048;

// "octets" or "octets LAST" (RFC 3030 2).
struct ChunkArguments {
  std::uint64_t octets;
  bool is_last;
};

std::optional<ChunkArguments> parse_chunk_arguments(std::string_view arguments) {
  std::string_view rest = arguments;
  const std::string_view digits = take_word(rest);
  const auto octets = parse_decimal<std::uint64_t>(digits);
  if (!octets || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  if (!rest.empty() && !iequals(rest, "LAST")) return std::nullopt;
  return ChunkArguments{*octets, !rest.empty()};
}

}  // namespace

// RFC 3030 3: dot stuffing and line ends would spoil what is binary.
std::optional<Event> ServerSession::on_data(const Command&) {
  if (transaction_.sender().body == mail::Body::binary_mime) return say(reply::data_for_binary());
  return owe(Owed::data, DataRequested{});
}

void ServerSession::begin_text() {
  text_ = DataDecoder{settings().limits.message_octets};
  state_ = State::text;
}

std::optional<Event> ServerSession::step_text(std::string_view& input) {
  const DataDecoder::Step step = text_.decode(input);
  input.remove_prefix(step.consumed);
  switch (step.status) {
    case DataDecoder::Status::need_input: return NeedInput{};
    case DataDecoder::Status::text:
      if (text_refusal_) return std::nullopt;
      return Text{step.text};
    case DataDecoder::Status::end: return text_ended();
    case DataDecoder::Status::bare_cr:
    case DataDecoder::Status::bare_lf: return bare_line_end_in_text();
    case DataDecoder::Status::too_big: break;
  }
  return abort_text(reply::message_too_big(settings().limits.message_octets));
}

std::optional<Event> ServerSession::text_ended() {
  if (!text_refusal_) return owe(Owed::message, MessageEnded{});
  say_result(*text_refusal_);
  return std::nullopt;
}

// Where the message ends is now anybody's guess, so nothing that follows may be read as a command.
std::optional<Event> ServerSession::bare_line_end_in_text() {
  const Reply refusal = reply::bare_cr_or_lf();
  if (settings().protocol == Protocol::lmtp) {  // RFC 2033 4.2; close says the last of them
    result_ = wire(refusal);
    copies_ = transaction_.recipients().size() - 1;
  }
  end_transaction();
  close(refusal);
  return MessageAborted{refusal};
}

// The rest of the text is dropped, and refused when it has ended.
std::optional<Event> ServerSession::abort_text(const Reply& refusal) {
  if (text_refusal_) return std::nullopt;
  text_refusal_ = refusal;
  return MessageAborted{refusal};
}

void ServerSession::refuse_text(const Reply& reply) {
  assert(state_ == State::text || state_ == State::chunk);
  if (!text_refusal_) text_refusal_ = reply;
}

std::optional<Event> ServerSession::on_bdat(const Command& command) {
  const auto arguments = parse_chunk_arguments(command.arguments);
  if (!arguments) {
    close(reply::bad_chunk_size());
    return std::nullopt;
  }
  const bool is_first = state_ == State::rcpt;
  chunk_ = {arguments->octets, arguments->is_last, State::chunks, refusal_of_chunk()};
  if (chunk_.refusal) {
    chunk_.behind = state_;
    chunks_ = ChunkDecoder{0, ChunkDecoder::Form::octets};
  } else if (is_first) {
    const bool is_binary = transaction_.sender().body == mail::Body::binary_mime;
    chunks_ = ChunkDecoder{settings().limits.message_octets,
                           is_binary ? ChunkDecoder::Form::octets : ChunkDecoder::Form::lines};
  } else if (chunk_.octets == 0 && !chunk_.is_last) {
    ++idle_commands_;  // or they could go on for ever
  }
  chunks_.begin(chunk_.octets,
                chunk_.is_last ? ChunkDecoder::Position::last : ChunkDecoder::Position::middle);
  if (is_first && !chunk_.refusal) return owe(Owed::first_chunk, DataRequested{});
  state_ = State::chunk;
  return std::nullopt;
}

// Why this chunk belongs to no message.
std::optional<Reply> ServerSession::refusal_of_chunk() const {
  if (state_ == State::connected) return reply::bad_sequence("EHLO first");
  const bool is_offered = settings().extensions.chunking && now_.dialect == Dialect::esmtp;
  if (!is_offered) return reply::not_implemented("BDAT");
  if (state_ != State::rcpt && state_ != State::chunks) return reply::bad_sequence("RCPT first");
  return std::nullopt;
}

// There is no 354: the octets are on their way, even if the answer is no.
void ServerSession::follow_first_chunk(const Reply& reply) {
  if (!reply.is_positive()) {
    ++idle_commands_;  // it may have cost us a file
    text_refusal_ = reply;
  }
  state_ = State::chunk;
}

std::optional<Event> ServerSession::step_chunk(std::string_view& input) {
  const ChunkDecoder::Step step = chunks_.decode(input);
  input.remove_prefix(step.consumed);
  const bool is_dropped = text_refusal_ || chunk_.refusal;
  switch (step.status) {
    case ChunkDecoder::Status::need_input: return std::nullopt;
    case ChunkDecoder::Status::text:
      if (is_dropped) return std::nullopt;
      return Text{step.text};
    case ChunkDecoder::Status::end: return chunk_ended();
    case ChunkDecoder::Status::bare_cr:
    case ChunkDecoder::Status::bare_lf:
      return is_dropped ? std::nullopt : abort_text(reply::bare_cr_or_lf_in_chunk());
    case ChunkDecoder::Status::too_big: break;
  }
  if (is_dropped) return std::nullopt;
  return abort_text(reply::message_too_big(settings().limits.message_octets));
}

// RFC 3030 2: each chunk has a reply.  Behind one that was refused the others of the message are
// refused too, and the last one ends it.
std::optional<Event> ServerSession::chunk_ended() {
  state_ = chunk_.behind;
  if (chunk_.refusal) return say(*std::exchange(chunk_.refusal, std::nullopt));
  if (chunk_.is_last) return text_ended();
  return say(text_refusal_ ? *text_refusal_ : reply::chunk_ok(chunk_.octets));
}

void ServerSession::follow_message(const Reply& reply) {
  if (reply.is_positive()) idle_commands_ = 0;
  say_result(reply);
}

// What became of the message.  RFC 2033 4.2, 4.3: in LMTP each recipient has a reply of its own;
// here they are all alike, since the message is in the spool or it is not.
void ServerSession::say_result(Reply reply) {
  const std::size_t recipients = transaction_.recipients().size();
  end_transaction();
  put(reply);
  if (settings().protocol == Protocol::smtp || state_ == State::closed) return;
  result_ = wire(reply);
  copies_ = recipients - 1;
}

void ServerSession::put_copies() {
  for (; copies_ > 0 && replies_.size() < max_copies_at_once; --copies_) emit(result_);
  if (copies_ > 0 || !farewell_waits_) return;
  farewell_waits_ = false;
  append(farewell_);
}

}  // namespace postern::smtp
